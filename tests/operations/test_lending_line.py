"""What insurers have held to lend stands for that alone: no claim takes of it."""

from decimal import Decimal

import pytest

from accounts.models import Claim, Cover, CoverShare
from accounts.operations.claims.answer_claim import answer_claim
from tests import builders as build
from tests import market
from tests.claims import say
from tests.operations.test_covered_limits import move
from tests.operations.test_loss_sharing import clean, close, owing
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
