"""Who is ready, and what that decides: competition by who acted, and who gets what is left at the end."""

from decimal import Decimal

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.desks.readiness import NOTHING_LEFT
from auctions.lifecycle import AuctionState, ReadinessState, StepState
from auctions.models import Auction, Award, Readiness, Settlement, Take
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.closing import NOT_COVERED, TOO_FAR
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.audited import found_by_audit
from tests.builders import perform
from tests.market import a_bidder, ready
from tests.operations.test_set_exposure_limit import limit
from tests.refusing import refused
from tests.stateful import published

pytestmark = pytest.mark.django_db

MICROSECOND = 0.000001


def held(provider):
    return build.provider_account(provider).held


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


@pytest.fixture
def alice(venue):
    return a_bidder(venue, "Alice")


@pytest.fixture
def bob(venue):
    return a_bidder(venue, "Bob")


def a_dutch_auction(venue, travel, **fields):
    """From 0 to 500 bps within 45 seconds, judged after 15 seconds; of 100 units of 400 each."""
    market.a_dutch_playbook(venue, uncontested_caps_bps=["150", "250"], **fields)
    return market.a_dutch_auction(venue, travel, cash="40000")


def edge_of(provider, auction):
    return quote_take(provider_id=provider.id, auction_id=auction.id).edge_bps


def last(auction, travel, price="20000"):
    """Its last instant, with marks of then."""
    auction.refresh_from_db()
    travel.to(auction.closes_at)
    market.mark_again(price)
    market.sweep()
    auction.refresh_from_db()
    invariants.hold()
    published.tells_everything()
    assert found_by_audit() == []


def test_one_live_bidder_and_one_idle_firm_are_no_competition(venue, alice, bob, travel) -> None:
    """Nobody bids sealed; Alice takes alone, though Bob could: at most 150, and from the second round on 250."""
    auction = a_dutch_auction(venue, travel, retry_seconds=1, max_waterfall_seconds=1800)
    travel(seconds=59)
    market.mark_again()
    assert market.take(alice, auction, "t1", 10).edge_bps == 150
    last(auction, travel)
    for _ in range(2):  # the retry, and the sealed auction of the second round
        travel(seconds=1)
        market.mark_again()
        market.sweep()
    second = Auction.objects.get(kind="DUTCH", state=AuctionState.OPEN)
    travel(seconds=59)
    market.mark_again()
    assert market.take(alice, second, "t2", 10).edge_bps == 250
    invariants.hold()


def test_those_who_are_ready_in_time_make_it_contested(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    travel(seconds=10)
    ready(alice, auction, 100), ready(bob, auction, 100)
    travel(seconds=20)
    assert edge_of(alice, auction) == Decimal("333.3333")
    assert market.take(alice, auction, "t1", 1).edge_bps == Decimal("333.3333")
    auction.refresh_from_db()
    assert auction.contested is True
    assert Event.objects.get(kind="auction_capped").payload == {"reserve_edge_bps": "500"}


def test_until_it_is_judged_nobody_is_paid_more_than_without_competition(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel, ready_seconds=30)
    ready(alice, auction, 100), ready(bob, auction, 100)
    travel(seconds=30 - MICROSECOND)
    assert (edge_of(alice, auction), auction.contested) == (150, None)
    travel(seconds=MICROSECOND)
    assert edge_of(alice, auction) == Decimal("333.3333"), "at that instant exactly it is judged"


def test_readiness_that_comes_later_does_not_count(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    ready(alice, auction, 100)
    travel(seconds=15)
    ready(bob, auction, 100)
    auction.refresh_from_db()
    assert auction.contested is False, "Bob's own word was the first that came at or after that instant"
    travel(seconds=30)
    market.mark_again()
    assert edge_of(alice, auction) == 150


@pytest.mark.parametrize(("units", "contested"), [(49, False), (50, True)])
def test_what_was_taken_counts_and_without_the_largest_the_rest_covers_enough(
    venue, alice, bob, travel, units, contested
) -> None:
    auction = a_dutch_auction(venue, travel, cover_percent=100)
    market.take(alice, auction, "t1", 50)
    ready(bob, auction, units)
    travel(seconds=15)
    market.take(bob, auction, "t2", 1)
    auction.refresh_from_db()
    assert auction.contested is contested


def test_related_firms_are_one_and_a_suspended_one_is_none(venue, alice, bob, travel) -> None:
    charlie = a_bidder(venue, "Charlie")
    auction = a_dutch_auction(venue, travel)
    for provider in (alice, bob, charlie):
        ready(provider, auction, 100)
    build.relate(alice.group, bob.group)
    perform(suspend_provider, provider=charlie, reason="a test")
    travel(seconds=15)
    market.take(alice, auction, "t1", 1)
    auction.refresh_from_db()
    assert auction.contested is False


def test_a_contested_sealed_auction_makes_its_rounds_dutch_one_contested(venue, alice, bob, travel) -> None:
    market.a_dutch_playbook(venue, uncontested_caps_bps=["150"], cover_percent=10)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="40000")
    market.sweep()
    sealed = Auction.objects.get()
    for provider in (alice, bob):
        market.place(provider, market.order(sealed, f"{provider.name}-1", units=20, edge="10"))
    market.close(sealed, travel)
    market.sweep()
    dutch = Auction.objects.get(step__lot__book=book, kind="DUTCH")
    assert (sealed.contested, dutch.contested) == (True, True)
    travel(seconds=59)
    market.mark_again()
    assert edge_of(alice, dutch) == 500


def test_what_is_left_goes_to_the_ready_by_time_at_the_last_edge(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    ready(bob, auction, 70)
    ready(alice, auction, 60)
    last(auction, travel)
    given = [(take.provider.name, take.units, take.edge_bps) for take in Take.objects.order_by("-units")]
    assert given == [("Bob", 70, 150), ("Alice", 30, 150)], "without the larger one too few were ready to compete"
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 100)
    ended = [
        (each.state, each.take.units, each.units_left, each.end_reason) for each in Readiness.objects.order_by("place")
    ]
    assert ended == [(ReadinessState.ENDED, 70, 0, ""), (ReadinessState.ENDED, 30, 30, NOTHING_LEFT)]


def test_who_is_given_nothing_is_told_why(venue, alice, bob, travel) -> None:
    """Alice's cluster may not hold what she stood ready for any more; of what that leaves Bob had enough."""
    auction = a_dutch_auction(venue, travel)
    charlie = a_bidder(venue, "Charlie")
    for each, units in ((alice, 50), (bob, 100), (charlie, 10)):
        ready(each, auction, units)
    limit(alice, "0")
    last(auction, travel)
    shown = [
        build.api_client(build.a_provider_key(each)).get("/v1/readiness").json()["data"][0]
        for each in (alice, bob, charlie)
    ]
    assert [(row["state"], row["units_left"], row["end_reason"]) for row in shown] == [
        ("ENDED", 50, NOT_COVERED),
        ("ENDED", 0, ""),
        ("ENDED", 10, NOTHING_LEFT),
    ]
    assert [row["take_id"] is None for row in shown] == [True, False, True]


def test_what_came_back_meanwhile_is_not_given_twice(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel, settlement_mode="CONFIRM")
    ready(bob, auction, 100)
    market.take(alice, auction, units=40)
    market.reject(venue, Settlement.objects.get())
    last(auction, travel)
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 100)
    assert Take.objects.get(provider=bob).units == 60, "what came back goes on as the lot's next step has it"


def test_the_ready_may_leave_less_than_a_take_might(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel, min_take_units=10)
    ready(alice, auction, 95)
    last(auction, travel)
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 95)


def test_a_take_counts_against_its_own_readiness_first(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    word = ready(alice, auction, 30)
    before = held(alice)
    market.take(alice, auction, "t1", 20)
    word.refresh_from_db()
    assert (word.units_left, word.held < before) == (10, True)
    market.take(alice, auction, "t2", 15)
    word.refresh_from_db()
    assert (word.units_left, word.state, word.held) == (0, ReadinessState.ENDED, 0)
    last(auction, travel)
    assert Award.objects.filter(provider=alice).count() == 2


def test_the_take_of_the_last_unit_lets_all_who_were_ready_go(venue, alice, bob, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    ready(bob, auction, 100)
    market.take(alice, auction, "t1", 100)
    assert (held(bob), Readiness.objects.get().state) == (0, ReadinessState.ENDED)
    assert Readiness.objects.get().end_reason == NOTHING_LEFT
    invariants.hold()
    published.tells_everything()


@pytest.mark.parametrize(("limit", "buffer"), [(None, 1000), ("299", 300), ("300", 300), ("2000", 2000)])
def test_it_holds_what_a_bid_at_the_cap_holds_that_stands_as_far(venue, alice, travel, limit, buffer) -> None:
    auction = a_dutch_auction(venue, travel)
    word = ready(alice, auction, 40, max_drift_bps=limit and Decimal(limit))
    assert held(alice) == word.held == auction.hold.of_bid(40, Decimal(0), Decimal(buffer), Decimal(300), 6)


def test_it_holds_at_the_marks_of_when_it_was_given_and_so_does_what_a_take_leaves(venue, alice, travel) -> None:
    """Ten units of 400, whose margin is 10 %; a step of 20 and its margin more; 10 % for drift; at 5 % more."""
    auction = a_dutch_auction(venue, travel)
    market.mark_again("21000")
    word = ready(alice, auction, 20)
    market.mark_again()
    market.take(alice, auction, "t1", 10)
    word.refresh_from_db()
    assert word.held == Decimal("487.41")
    market.take(alice, auction, "t2", 10)
    word.refresh_from_db()
    assert word.held == 0


@pytest.mark.parametrize(
    ("limit", "price", "stands"),
    [
        ("500", "22050", True),
        ("500", "22050.01", False),
        ("0", "21000", True),
        ("0", "20999.99", False),
        (None, "18900", True),
        (None, "18899.99", False),
    ],
)
def test_it_is_void_where_marks_moved_further_since_it_was_given(venue, alice, travel, limit, price, stands) -> None:
    """It opened at 20,000 and was given at 21,000; by 1,000 bps where nothing else is said."""
    auction = a_dutch_auction(venue, travel, max_jump_bps=None)
    market.mark_again("21000")
    ready(alice, auction, 100, max_drift_bps=limit and Decimal(limit))
    last(auction, travel, price)
    word = Readiness.objects.get()
    assert (word.state, word.void_reason) == ((ReadinessState.ENDED, "") if stands else (ReadinessState.VOID, TOO_FAR))
    assert auction.units_taken == (100 if stands else 0)
    Readiness.objects.update(void_marks=word.marks)
    found = [check for check, _ in found_by_audit()]
    assert found == ([] if stands else ["what is void for its marks was left behind by them"])


def test_without_marks_its_drift_counts_from_the_opening(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel, dutch_mark_max_age_seconds=5)
    market.mark_again("21000")
    assert [*ready(alice, auction, 10, "r1").marks.values()] == [21000]
    travel(seconds=6)
    assert [*ready(alice, auction, 10, "r2").marks.values()] == [20000]


def test_nobody_is_ready_for_more_than_its_cluster_may_hold(venue, alice, travel) -> None:
    """Else it would make competition with a word that it could not keep; a quote says as much."""
    auction = a_dutch_auction(venue, travel)
    unit = auction.step.lot.notional / auction.step.lot.units
    limit(alice, f"{40 * unit:f}")
    ready(alice, auction, 30)
    with refused(AuctionRefusal.EXPOSURE_TOO_LARGE):
        ready(alice, auction, 11, "r2")
    ready(alice, auction, 10, "r3")
    assert quote_take(provider_id=alice.id, auction_id=auction.id).units == 40
    limit(alice, "0")
    assert quote_take(provider_id=alice.id, auction_id=auction.id).units == 0


def test_the_same_word_again_answers_the_first_and_other_content_is_refused(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    assert ready(alice, auction, 40) == ready(alice, auction, 40)
    assert ready(alice, auction, 40) == ready(alice, auction, 40, max_drift_bps=Decimal(1000))
    with refused(AuctionRefusal.BID_REUSED):
        ready(alice, auction, 41)
    with refused(AuctionRefusal.BID_REUSED):
        ready(alice, auction, 40, max_drift_bps=Decimal(999))
    with refused(AuctionRefusal.BID_REUSED):
        market.take(alice, auction, "r1", 1)
    market.take(alice, auction, "t1", 1)
    with refused(AuctionRefusal.BID_REUSED):
        ready(alice, auction, 1, "t1")


def test_who_may_not_take_cannot_be_ready_nor_for_more_than_is_left(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    poor = a_bidder(venue, "Poor", collateral="10")
    ready(alice, auction, 60)
    with refused(AuctionRefusal.UNITS_TOO_MANY):
        ready(alice, auction, 41, "r2")
    with refused(AuctionRefusal.UNITS_NOT_POSITIVE):
        ready(alice, auction, 0, "r2")
    with refused(AuctionRefusal.MARGIN_INSUFFICIENT):
        ready(poor, auction, 40)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        ready(alice, Auction.objects.get(kind="SEALED"), 1, "r2")
    perform(suspend_provider, provider=alice, reason="a test")
    with refused(AccountRefusal.PROVIDER_SUSPENDED):
        ready(alice, auction, 1, "r2")
    travel.to(auction.closes_at)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        ready(poor, auction, 1)


def test_a_suspended_ones_word_is_void_at_the_end(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    ready(alice, auction, 100)
    perform(suspend_provider, provider=alice, reason="a test")
    last(auction, travel)
    assert (Readiness.objects.get().state, held(alice)) == (ReadinessState.VOID, 0)


def test_a_withdrawn_books_readiness_is_void(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel)
    ready(alice, auction, 100)
    perform(withdraw_book, venue_id=venue.id, book_id=auction.step.lot.book_id, reason="a test")
    assert (Readiness.objects.get().state, held(alice)) == (ReadinessState.VOID, 0)
    invariants.hold()
    published.tells_everything()


def test_without_marks_for_too_long_its_auction_ends_and_it_with_it(venue, alice, travel) -> None:
    auction = a_dutch_auction(venue, travel, max_halt_seconds=300)
    ready(alice, auction, 100)
    travel(seconds=61)
    run_stage("close_auctions")
    travel(seconds=300)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.step.state) == (AuctionState.UNFILLED, StepState.SETTLING)
    assert (Readiness.objects.get().state, held(alice)) == (ReadinessState.ENDED, 0)
    assert Readiness.objects.get().end_reason == auction.unfilled_reason
    invariants.hold()
