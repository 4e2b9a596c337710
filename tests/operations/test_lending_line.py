"""What insurers have held to lend stands for that alone, no claim takes of it, until nothing may be drawn any more."""

from decimal import Decimal

import pytest

from accounts.models import Claim, Cover, CoverShare
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.covers.give_notice import give_notice
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.claims import say
from tests.operations.test_covered_limits import move
from tests.operations.test_loss_sharing import clean, close, owing
from tests.refusing import refused
from tests.repos import a_cover, a_venue, draw, repay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]


@pytest.fixture
def cover(travel) -> Cover:
    """Of 7,000 each 6,800 are pledged, 5,000 of that to lend; of all else nothing is left."""
    venue = a_venue(travel)
    cover = a_cover(venue)
    for share in cover.shares.all():
        move(share.provider, "-200", f"out of {share.provider}")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    return cover


def held() -> list[Decimal]:
    return [share.held for share in CoverShare.objects.all()]


def claimed(cover: Cover, account: str) -> Claim:
    """What the cover may pay of an event at most, of 5,000 x 0.8 x 0.9, is asked for and due."""
    close(owing(cover.venue, "6000", account, account))
    claim = Claim.objects.get(loss_event__account=account)
    return say(answer_claim, claim)


def test_a_second_claim_takes_nothing_of_what_is_held_to_lend_and_is_overdue(cover, travel) -> None:
    """The first takes all that is held for losses; then 5,000 each are left, which the second may not have."""
    assert claimed(cover, "a").paid == 3600
    second = claimed(cover, "b")
    assert (second.paid, second.state, held()) == (0, "DUE", [5000, 5000])
    clean()
    travel.to(second.due_by)
    market.sweep("settle_claims")
    second.refresh_from_db()
    assert (second.state, held()) == ("OVERDUE", [5000, 5000])
    draw(cover, "10000")
    assert held() == [0, 0]
    clean()


@pytest.mark.parametrize("paid_in", ["1799.999999", "1800"])
def test_it_is_paid_out_of_what_is_free_beside_the_line(cover, paid_in) -> None:
    claimed(cover, "a")
    for share in cover.shares.all():
        move(share.provider, paid_in, f"in for {share.provider}")
    assert claimed(cover, "b").paid == 2 * Decimal(paid_in)
    assert held() == [5000, 5000]
    clean()


def test_what_comes_back_is_held_to_be_lent_again_and_not_for_what_is_overdue(cover) -> None:
    claimed(cover, "a")
    claimed(cover, "b")
    repo = draw(cover, "8000")
    assert held() == [1000, 1000]
    repay(repo, "8000")
    assert (held(), Claim.objects.get(loss_event__account="b").paid) == ([5000, 5000], 0)
    clean()


def sweep(cover: Cover) -> str:
    """Let what is over end; the state of the cover then."""
    market.sweep("end_covers")
    cover.refresh_from_db()
    return cover.state


def test_with_the_term_nothing_is_held_to_lend_any_more_and_not_before(cover, travel) -> None:
    """2,000 of 10,000 are drawn; a loss event is open, for which 1,800 each stay held. What comes back is free."""
    repo = draw(cover, "2000")
    travel.to(cover.ends_at)
    travel(microseconds=-1)
    market.a_book(cover.venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="late")
    assert (sweep(cover), held()) == ("ACTIVE", [5800, 5800])
    travel.to(cover.ends_at)
    assert (sweep(cover), held()) == ("RUNOFF", [1800, 1800])
    told = Event.objects.filter(kind="cover_pledged").order_by("id").last()
    assert (told.payload["before"], told.payload["held"]) == ("5800", "1800")
    assert market.sweep("end_covers") == 0
    clean()
    market.sweep("collect_repos")
    repo.refresh_from_db()
    assert (repo.state, held()) == ("REPAID", [1800, 1800])
    clean()


def test_an_insurers_notice_ends_the_line_as_it_is_over_and_no_sooner(cover, travel) -> None:
    whose = {"venue_id": cover.venue_id, "provider_id": cover.shares.first().provider_id}
    market.a_book(cover.venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="open")
    perform(give_notice, cover_id=cover.id, **whose, reason="the market falls")
    travel(seconds=cover.notice_seconds - 1e-6)
    assert (sweep(cover), held()) == ("ACTIVE", [6800, 6800])
    draw(cover, "1000")
    travel(microseconds=1)
    assert (sweep(cover), held()) == ("RUNOFF", [1800, 1800])
    clean()


def test_once_its_aggregate_is_used_up_nothing_is_held_to_lend(travel) -> None:
    """3,600 of an event of 6,000 are all of its aggregate of 5,000."""
    venue = a_venue(travel)
    cover = a_cover(venue, aggregate="5000")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    repo = draw(cover, "2000")
    assert (claimed(cover, "a").paid, held()) == (3600, [4000, 4000])
    assert (sweep(cover), held()) == ("EXHAUSTED", [0, 0])
    with refused(AccountRefusal.COVER_NOT_IN_STATE):
        draw(cover, "1", "late")
    clean()
    repay(repo, "2000")
    assert (held(), market.sweep("end_covers")) == ([0, 0], 0)
    clean()
