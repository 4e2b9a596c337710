"""A restart gives an auction fresh marks on its own row; what was bid before is void, what was taken stays taken."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.queries import due_to_close
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event, Mark
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, mark_again, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue, max_restarts=1)
    return venue


def restart(venue, auction, reason="a test"):
    return perform(restart_auction, venue_id=venue.id, auction_id=auction.id, reason=reason)


def test_a_drift_at_the_close_restarts_at_fresh_marks_with_a_whole_window(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, units=100, edge="123.4567"))
    before = auction.unit_hold
    travel.to(auction.closes_at)
    mark_again("22000")
    run_stage("close_auctions")
    now, bid = clock.now(), Bid.objects.get()
    auction.refresh_from_db()
    assert (auction.state, auction.restarts, auction.round) == (AuctionState.OPEN, 1, 1)
    assert (auction.opens_at, auction.closes_at) == (now, now + timedelta(seconds=30))
    assert set(auction.marks.values()) == {Decimal(22000)}
    assert auction.notional == 44000
    assert auction.unit_hold == before * Decimal("1.1")
    assert (bid.state, bid.held, bid.void_reason) == (BidState.VOID, 0, "the auction was restarted")
    assert build.provider_account(alice).held == 0
    with refused(AuctionRefusal.BID_NOT_LIVE):
        perform(cancel_bid, provider_id=alice.id, bid_id=bid.id)
    told = Event.objects.filter(kind__in=["bid_voided", "auction_restarted"]).order_by("id")
    assert [(one.kind, one.provider_id) for one in told] == [("bid_voided", alice.id), ("auction_restarted", None)]
    assert "123.4567" not in str([one.payload for one in told])
    assert code(alice, auction, "b2") is None
    invariants.hold()


def test_a_drift_after_the_last_restart_ends_the_auction_and_its_units_pass_on(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    for price, state in (("22000", AuctionState.OPEN), ("24000", AuctionState.UNFILLED)):
        place(alice, order(auction, f"for {price}"))
        travel.to(auction.closes_at)
        mark_again(price)
        run_stage("close_auctions")
        auction.refresh_from_db()
        assert auction.state == state
    market.sweep()
    assert Auction.objects.filter(kind="DUTCH", state=AuctionState.OPEN).exists()


def test_the_breaker_at_level_two_ends_what_would_be_restarted(venue, travel):
    auction = an_auction(venue)
    place(a_bidder(venue), order(auction))
    perform(set_breaker, venue_id=venue.id, level=2, reason="a test")
    travel.to(auction.closes_at)
    mark_again("22000")
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.restarts) == (AuctionState.UNFILLED, 0)


def test_a_commitments_firm_bid_is_placed_anew_at_the_new_marks(venue, travel):
    build.a_commitment(a_bidder(venue), min_edge_bps="250", cap_per_assignment="20000")
    auction = an_auction(venue)
    assert [bid.max_units for bid in Bid.objects.all()] == [50]
    travel.to(auction.closes_at)
    mark_again("25000")
    run_stage("close_auctions")
    old, new = Bid.objects.order_by("sequence")
    assert (old.state, new.state, new.max_units) == (BidState.VOID, BidState.LIVE, 40), "20,000 of 500 each"
    assert build.provider_account(new.provider).held == new.held == 0, "what is firm holds nothing before the close"
    invariants.hold()


def test_a_commitments_bid_is_placed_whatever_its_provider_called_its_own(venue, travel):
    """The provider's bid of the name that the restart's firm bid gets, and the answer to it when it is sent again."""
    alice = a_bidder(venue)
    build.a_commitment(alice, min_edge_bps="250", cap_per_assignment="20000")
    auction = an_auction(venue)
    taken = Bid.objects.get().client_bid_id.removesuffix("0") + "1"
    (placed,) = place(alice, order(auction, taken, edge="90"))
    travel.to(auction.closes_at)
    mark_again("25000")
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.restarts, auction.parked_reason) == (1, "")
    assert Bid.objects.filter(client_bid_id=taken).count() == 2
    (again,) = place(alice, order(auction, taken, edge="90"))
    assert (again.bid_id, again.code) == (placed.bid_id, "bid_void"), "the same again is its own, not the commitment's"
    assert code(alice, auction, "b2", edge="80") is None
    invariants.hold()


def test_a_restarted_auction_is_decided_by_the_bids_after_the_restart(venue, travel):
    auction = an_auction(venue)
    alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
    place(alice, order(auction, units=100, edge="1"))
    restart(venue, auction)
    auction.refresh_from_db()
    place(bob, order(auction, units=100, edge="200"))
    place(alice, order(auction, "b2", units=100, edge="210"))
    assert close(auction, travel).state == AuctionState.AWARDED
    assert {(a.provider.name, a.units) for a in Award.objects.all()} == {("Bob", 100)}
    invariants.hold()


def test_a_halted_auction_is_restarted_by_hand_and_goes_on(venue, travel):
    auction = an_auction(venue)
    travel(seconds=61)
    run_stage("close_auctions")
    with refused(GroundRefusal.MARK_STALE):
        restart(venue, auction)
    mark_again()
    restart(venue, auction, "the feed is back")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_at, auction.halt_reason) == (AuctionState.OPEN, None, "")
    assert (auction.opens_at, auction.halted_seconds) == (clock.now(), 0)
    assert Event.objects.get(kind="auction_restarted").payload["reason"] == "the feed is back"


def test_what_a_restart_by_hand_refuses(venue, travel):
    auction = an_auction(venue)
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        restart(build.a_venue(), auction)
    with refused(AccountRefusal.REASON_MISSING):
        restart(venue, auction, " ")
    perform(set_breaker, venue_id=venue.id, level=2, reason="a test")
    with refused(AuctionRefusal.RESTART_STOPPED):
        restart(venue, auction)
    perform(set_breaker, venue_id=venue.id, level=1, reason="a test")
    restart(venue, auction)
    with refused(AuctionRefusal.RESTARTS_USED_UP):
        restart(venue, auction)
    auction.refresh_from_db()
    travel.to(auction.closes_at)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        restart(venue, auction)


def test_a_dutch_auction_keeps_what_was_taken_and_offers_the_rest_anew(venue, travel):
    a_playbook(venue, max_restarts=1, sealed_seconds=1, max_reopenings=0)
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=9)
    mark_again()
    first = market.take(alice, auction, units=60)
    mark_again("20600.02")
    restart(venue, auction)
    auction.refresh_from_db()
    assert (auction.state, auction.units, auction.units_taken) == (AuctionState.OPEN, 100, 60)
    assert (auction.restarts, auction.opens_at, set(auction.marks.values())) == (1, clock.now(), {Decimal("20600.02")})
    second = market.take(bob, auction, "t2", units=100)
    assert (first.edge_bps, second.edge_bps, second.units) == (100, 0, 40), "its price clock starts anew"
    market.sweep()
    invariants.everything_ended()


def test_a_dutch_auction_goes_on_however_far_marks_move(venue, travel):
    a_playbook(venue, sealed_seconds=1, max_reopenings=0)
    market.a_dutch_auction(venue, travel)
    mark_again("15000")
    assert due_to_close(clock.now()).list_ids() == []


def test_a_dutch_auction_halts_on_stale_marks_and_its_price_clock_stands(venue, travel):
    market.a_dutch_playbook(venue, mark_max_age_seconds=20)
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    Mark.objects.update(marked_at=clock.now())
    travel(seconds=20)
    assert run_stage("close_auctions") == 0
    travel(seconds=1)
    run_stage("close_auctions")
    travel(seconds=100)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 100)
    travel(seconds=6)
    assert market.take(alice, auction).edge_bps == 300, "27 effective seconds of 45 to 500 bps"


def test_a_lying_source_does_not_stop_a_dutch_auction_and_sources_that_disagree_do(venue, travel, database_owner):
    a_playbook(venue, sealed_seconds=1, max_reopenings=0, min_mark_sources=2)
    bitcoin = venue.instruments.get()
    for source in ("a", "b"):
        build.a_mark(bitcoin, "20000", source=source)
    auction = market.a_dutch_auction(venue, travel)
    build.a_mark(bitcoin, "40000", source="liar")
    assert due_to_close(clock.now()).list_ids() == []
    Mark.objects.exclude(source__in=["a", "liar"]).delete()
    assert due_to_close(clock.now()).list_ids() == [auction.id]
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    assert due_to_close(clock.now()).list_ids() == [], "fresh marks that disagree price nothing"
    build.a_mark(bitcoin, "20000", source="b")
    assert due_to_close(clock.now()).list_ids() == [auction.id]


def test_a_dutch_auction_whose_window_ended_with_stale_marks_ends(venue, travel):
    a_playbook(venue, sealed_seconds=1, max_reopenings=0)
    auction = market.a_dutch_auction(venue, travel)
    travel.to(auction.closes_at + timedelta(seconds=10))
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.UNFILLED
