"""A cover's insurers lend to the fund against its inventory: by their parts, within the line and the haircut."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountKind, Claim, CoverShare, CoverSuspension, Repo, Transfer
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Event
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.claims import say
from tests.operations.test_loss_sharing import clean, close, owing
from tests.operations.test_take_deposit import a_vault, deposit
from tests.refusing import refused
from tests.repos import LENDS, a_cover, a_venue, collateral, draw, of_fund, repay, sell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]


@pytest.fixture
def venue(travel):
    return a_venue(travel)


@pytest.fixture
def cover(venue):
    return a_cover(venue)


def test_each_insurer_lends_its_part_and_as_little_is_pledged_as_the_haircut_allows(venue, cover) -> None:
    """8,000 of coins at 200 less 20 %: 8,000 / 160 = 50 coins."""
    repo = draw(cover)
    assert (collateral("Ines"), collateral("Jan"), of_fund(venue)) == (3000, 3000, 38_000)
    assert (repo.quantity, repo.pledged, repo.price, repo.left, repo.state) == (50, 50, 200, 8000, "OPEN")
    assert repo.due_at - repo.drawn_at == timedelta(days=10)
    moved = Transfer.objects.filter(purpose="REPO_DRAWN", subject_id=repo.id)
    assert {(each.debit.kind, each.credit.kind, each.amount) for each in moved} == {
        (AccountKind.COLLATERAL, AccountKind.FUND, 4000)
    }
    told = Event.objects.filter(kind="repo_drawn")
    assert {(each.payload["amount"], each.payload["quantity"], each.payload["reason"]) for each in told} == {
        ("4000", "50", "edges to pay")
    }
    clean()


def test_what_may_be_drawn_yet_is_pledged_beside_what_losses_may_cost(venue, cover) -> None:
    """5,000 and half of 5,000 x 0.8 x 0.9; of 8,000 that are drawn 1,000 are left."""
    assert [share.held for share in CoverShare.objects.all()] == [6800, 6800]
    draw(cover)
    assert [share.held for share in CoverShare.objects.all()] == [2800, 2800]


def test_all_of_the_line_may_be_drawn_and_no_more(venue, cover) -> None:
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "10000.000001")
    draw(cover, "10000")
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "0.000001", "more")
    cover.refresh_from_db()
    assert (cover.drawn, cover.undrawn) == (10_000, 0)
    clean()


def test_all_that_the_inventory_stands_for_may_be_drawn_and_no_more(venue, travel) -> None:
    """A hundred coins at 100 less 20 % stand for 8,000."""
    cover = a_cover(venue)
    build.a_mark(venue.instruments.get(), "100")
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "8000.000001")
    assert draw(cover).pledged == 100
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "0.000001", "more")
    clean()


def test_what_is_pledged_is_pledged_once(venue, cover) -> None:
    """Of a hundred coins 50 are pledged; at 100 the others stand for 4,000."""
    draw(cover)
    build.a_mark(venue.instruments.get(), "50")
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "2000.000001", "second")
    assert draw(cover, "2000", "second").pledged == 50
    clean()


def test_what_is_being_sold_is_not_pledged(venue, cover) -> None:
    sell(venue)
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "1")


def test_the_same_reference_again_draws_once(venue, cover) -> None:
    draw(cover)
    assert draw(cover).amount == 8000
    with refused(AccountRefusal.REFERENCE_REUSED):
        draw(cover, "7999")
    assert (Repo.objects.count(), of_fund(venue)) == (1, 38_000)


def test_what_the_contract_does_not_say_is_not_lent(venue, cover, travel) -> None:
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        draw(cover, "0")
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "-1")
    with refused(GroundRefusal.INSTRUMENT_UNKNOWN):
        draw(cover, instrument="DOGE-USD")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, instrument="BTC-PERP")


def test_a_cover_that_lends_nothing_says_so(venue) -> None:
    silent = dict.fromkeys(("repo_limit", "repo_haircut_bps", "repo_seconds", "repo_interest_bps", "repo_fee_bps"))
    cover = a_cover(venue, triggers=("SHORTFALL",), **silent)
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover)


def test_before_the_waiting_period_is_over_nothing_is_lent_and_as_it_is(venue, travel) -> None:
    cover = a_cover(venue, waiting_seconds=60)
    travel(seconds=59.999999)
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover)
    travel.to(cover.covers_from)
    assert draw(cover).state == "OPEN"


def test_while_it_waits_anew_because_it_was_unpaid_nothing_is_lent(venue, travel) -> None:
    cover = a_cover(venue, waiting_seconds=60)
    travel.to(cover.covers_from)
    again = clock.now() + timedelta(seconds=60)
    CoverSuspension.objects.create(cover=cover, starts_at=cover.active_at, ends_at=clock.now(), is_unpaid=True)
    travel.to(again - timedelta(microseconds=1))
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover)
    travel.to(again)
    assert draw(cover).state == "OPEN"


def test_it_is_due_as_the_cover_ends_and_then_nothing_more_is_lent(venue, travel) -> None:
    cover = a_cover(venue, term_seconds=9 * 86400)
    assert draw(cover).due_at == cover.ends_at
    travel.to(cover.ends_at)
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "1", "late")


def test_a_fraction_that_is_the_part_of_one_insurer_alone_is_not_lent_out_of_what_it_holds_for_the_rest(venue) -> None:
    """Each has what is pledged and no more: of two smallest amounts one is nobody's half."""
    insurers = [build.a_provider(venue, name, collateral="1800.000001") for name in ("Ines", "Jan")]
    said = {**LENDS, "repo_limit": Decimal("0.000002")}
    cover = covers.active(venue, dict.fromkeys(insurers, 5000), **said)
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        draw(cover, "0.000001")
    draw(cover, "0.000002")
    assert (collateral("Ines"), collateral("Jan")) == (1800, 1800)
    clean()


def test_what_depositors_put_into_a_pool_is_lent_to_nobody(venue, travel) -> None:
    """Their shares would be worth less while it is lent."""
    vault = a_vault(venue)
    deposit(vault, "50000")
    cover = covers.active(venue, {vault.provider: 10_000}, **LENDS)
    with refused(AccountRefusal.VAULT_POOLED):
        draw(cover)


def claimed_of(cover) -> Claim:
    """Insurers have what is pledged and no more, 6,800 each; 1,800 of that are claimed of each."""
    venue = cover.venue
    for share in cover.shares.all():
        out = {"provider_id": share.provider_id, "asset": "USD", "amount": Decimal(-200)}
        perform(move_collateral, venue_id=venue.id, reference=f"out-{share.provider_id}", **out)
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    close(owing(venue, "6000", "lost"))
    return Claim.objects.get()


def held() -> list[Decimal]:
    return [share.held for share in CoverShare.objects.all()]


def test_who_paid_a_claim_and_has_nothing_free_lends_what_is_pledged_all_the_same(venue, cover) -> None:
    """5,000 are held of 6,800: all of what may be drawn, and nothing for the next loss."""
    claim = say(answer_claim, claimed_of(cover))
    assert (claim.paid, held()) == (3600, [5000, 5000])
    repo = draw(cover, "0.000002", "least")
    draw(cover, "9999.999998", "rest")
    assert held() == [0, 0]
    clean()
    repay(repo, "0.000002")
    assert held() == [Decimal("0.000001"), Decimal("0.000001")], "what comes back is held at once"
    clean()


def test_what_is_claimed_already_is_not_lent(venue, cover) -> None:
    """5,000 were held beside 1,800 of a claim; it is paid after all is drawn."""
    claim = claimed_of(cover)
    draw(cover, "10000")
    assert held() == [1800, 1800]
    assert say(answer_claim, claim).paid == 3600
    clean()
