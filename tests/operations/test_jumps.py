"""Marks that jump price nothing until somebody confirms them: no assignment, opening, close, take, fund or intake."""

from datetime import timedelta
from decimal import Decimal

import pytest

from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, StepKind, StepState
from auctions.models import Auction, Award, Step
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.sweeps.beat_venues import beat_venues
from auctions.operations.venue.receive_books import receive_books
from auctions.rules.closing import MARKS_JUMPED
from auctions.rules.refusals import AuctionRefusal
from backstop.desks.marks import MarkQuote
from backstop.models import UsedMark
from backstop.operations.set_marks import set_marks
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue, mark_max_age_seconds=3600, cover_percent=0, cure_seconds=10, max_drift_bps=0)
    return venue


def say(venue, price, source="venue"):
    perform(set_marks, venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal(price), source=source)])


def a_book(venue, reference="book-1"):
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=reference)


def used():
    return UsedMark.objects.get().price


def awarded_at():
    return {price for award in Award.objects.all() for price in award.marks.values()}


def curing(venue, travel):
    """A book that two commitments would take, of which the only source says a tenth before the cure is over."""
    for name in ("Alice", "Bob"):
        market.committed(venue, "0", name)
    a_book(venue)
    market.sweep()
    travel(seconds=5)
    say(venue, "2000")
    travel(seconds=5)
    market.sweep()
    assert not Award.objects.exists()
    assert used() == 20000


def outage(travel, seconds):
    """So long nothing runs, and then it does again."""
    perform(beat_venues, venues=())
    travel.outage(seconds=seconds)
    perform(beat_venues, venues=())


def test_nothing_is_assigned_at_a_price_that_jumped_before_a_second_source_confirms_it(venue, travel):
    curing(venue, travel)
    say(venue, "2199", source="other")  # within a tenth of what is then between the two
    travel(seconds=1)
    market.sweep("assign_lots")
    assert awarded_at() == {Decimal("2099.5")}
    assert used() == Decimal("2099.5")


def test_nothing_is_assigned_at_a_price_that_jumped_before_its_source_says_so_again(venue, travel):
    curing(venue, travel)
    say(venue, "1000")
    travel(seconds=1)
    market.sweep("assign_lots")
    assert not Award.objects.exists()
    say(venue, "1100")
    travel(seconds=1)
    market.sweep("assign_lots")
    assert awarded_at() == {1100}


def test_the_same_mark_again_confirms_nothing(venue, travel):
    curing(venue, travel)
    say(venue, "2000")
    say(venue, "2000")  # of the same instant: it replaces the one before
    step = Step.objects.get()
    travel(seconds=1)
    market.sweep("assign_lots")
    assert step.lot.book.playbook.max_jump_bps == 1000
    assert awarded_at() == {2000}, "a second set is one of a later instant"


def test_what_returns_is_assigned_at_once(venue, travel):
    curing(venue, travel)
    say(venue, "18000")
    travel(seconds=1)
    market.sweep("assign_lots")
    assert awarded_at() == {18000}


def test_a_jump_prices_once_max_halt_seconds_are_over(venue, travel):
    curing(venue, travel)
    travel(seconds=294)
    market.sweep("assign_lots")
    assert not Award.objects.exists()
    travel(seconds=1)
    market.sweep("assign_lots")
    assert awarded_at() == {2000}


def test_no_outage_lets_a_jump_pass(venue, travel):
    curing(venue, travel)
    outage(travel, seconds=300)
    market.sweep("assign_lots")
    assert not Award.objects.exists()
    travel(seconds=299)
    market.sweep("assign_lots")
    assert not Award.objects.exists()
    travel(seconds=1)
    market.sweep("assign_lots")
    assert awarded_at() == {2000}


def test_what_is_no_outage_is_time_that_a_jump_waits(venue, travel):
    curing(venue, travel)
    outage(travel, seconds=10)
    travel(seconds=285)
    market.sweep("assign_lots")
    assert awarded_at() == {2000}


def test_an_intake_waits_for_a_jump_of_before_an_outage_too(venue, travel):
    a_book(venue)
    market.sweep("route_books")
    say(venue, "2000")
    outage(travel, seconds=300)
    assert build.api_client(build.a_venue_key(venue)).get("/v1/marks").json()["data"][0]["jumped_to"] == "2000"
    with refused(AuctionRefusal.BOOKS_REFUSED) as refusal:
        perform(receive_books, venue_id=venue.id, orders=[a_book_order()])
    assert [fault.code for fault in refusal.value.faults] == ["mark_jumped"]


def test_where_jumps_are_allowed_none_waits(venue, travel):
    market.a_dutch_playbook(venue, cover_percent=0, max_jump_bps=None)
    market.committed(venue, "0")
    a_book(venue)
    say(venue, "2000")
    market.sweep("route_books", "assign_lots")
    assert awarded_at() == {2000}


def test_nothing_is_opened_at_a_price_that_jumped(venue, travel):
    a_book(venue)
    travel(seconds=10)
    market.sweep("route_books", "assign_lots", "pass_lots_on")
    say(venue, "22000.01")
    market.sweep("open_auctions")
    assert Step.objects.get(kind=StepKind.SEALED).state == StepState.READY
    travel(seconds=1)
    say(venue, "22000")
    market.sweep("open_auctions")
    assert Auction.objects.get().marks == {used_instrument(): 22000}
    assert used() == 22000


def used_instrument():
    return UsedMark.objects.get().instrument_id


def sealed(venue, travel):
    a_book(venue)
    travel(seconds=10)
    market.sweep()
    return Auction.objects.get()


def test_a_close_halts_at_a_price_that_jumped_and_goes_on_once_it_is_confirmed(venue, travel):
    auction = sealed(venue, travel)
    travel(seconds=1)
    say(venue, "2000")
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, MARKS_JUMPED)
    travel(seconds=1)
    say(venue, "20000")
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.UNFILLED, 1)


def dutch(venue, travel):
    alice = build.a_provider(venue, "Alice")
    sealed(venue, travel)
    travel(seconds=1)
    market.sweep()
    return alice, Auction.objects.get(kind=StepKind.DUTCH)


def test_a_take_and_its_quote_are_refused_at_a_price_that_jumped(venue, travel):
    alice, auction = dutch(venue, travel)
    say(venue, "17999.99")
    with refused(GroundRefusal.MARK_JUMPED, match="BTC-PERP jumped by more than 1000 bps"):
        market.take(alice, auction)
    with refused(GroundRefusal.MARK_JUMPED):
        perform(quote_take, provider_id=alice.id, auction_id=auction.id)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, MARKS_JUMPED)


def test_the_mark_of_a_take_is_the_last_used_one(venue, travel):
    market.a_dutch_playbook(venue, mark_max_age_seconds=3600, max_drift_bps=3000, drift_buffer_bps=3000)
    alice, auction = dutch(venue, travel)
    for name, price in (("t1", "18000"), ("t2", "16200")):
        travel(seconds=1)
        say(venue, price)
        market.take(alice, auction, name, units=1)
        assert used() == Decimal(price)
    travel(seconds=1)
    say(venue, "14579.99")
    with refused(GroundRefusal.MARK_JUMPED):
        market.take(alice, auction, "t3", units=1)


def test_no_book_is_taken_in_at_a_price_that_jumped(venue, travel):
    a_book(venue)
    travel(seconds=1)
    say(venue, "17000")
    with refused(AuctionRefusal.BOOKS_REFUSED) as refusal:
        perform(receive_books, venue_id=venue.id, orders=[a_book_order()])
    assert [fault.code for fault in refusal.value.faults] == ["mark_jumped"]
    travel(seconds=1)
    say(venue, "17000")
    perform(receive_books, venue_id=venue.id, orders=[a_book_order()])
    assert used() == 17000


def a_book_order():
    return BookOrder("book-2", (market.position("BTC-PERP", "LONG", "2", "20000"),), Decimal(3000))


def test_the_fund_takes_nothing_at_a_price_that_jumped(venue, travel):
    market.a_dutch_playbook(venue, mark_max_age_seconds=3600)
    _, auction = dutch(venue, travel)
    travel.to(auction.closes_at)
    market.sweep("close_auctions", "pass_lots_on")
    say(venue, "2000")
    market.sweep("draw_fund")
    step = Step.objects.get(kind=StepKind.FUND)
    assert step.state == StepState.READY
    say(venue, "2000", source="other")
    travel(seconds=1)
    market.sweep()
    assert awarded_at() == {2000}
    invariants.everything_ended()


def test_no_auction_is_restarted_at_a_price_that_jumped(venue, travel):
    market.a_dutch_playbook(venue, mark_max_age_seconds=3600, max_restarts=1)
    _, auction = dutch(venue, travel)
    say(venue, "30000")
    arguments = {"venue_id": venue.id, "auction_id": auction.id, "reason": "a test"}
    with refused(GroundRefusal.MARK_JUMPED):
        perform(restart_auction, **arguments)
    say(venue, "30000", source="other")
    perform(restart_auction, **arguments)
    assert used() == 30000


def test_each_instrument_has_its_own_last_used_mark(venue, travel):
    ether = build.an_instrument(venue, "ETH-PERP", price="2000")
    a_book(venue)
    build.a_mark(ether, "200")
    perform(receive_books, venue_id=venue.id, orders=[a_book_order()])
    assert used_instrument() != ether.id
    assert used() == 20000
    assert timedelta(0) == UsedMark.objects.get().used_at - venue.books.get(reference="book-2").received_at
