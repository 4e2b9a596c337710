"""The breaker and restarts beside bids, cancels and closes, with real connections: before or after, never half."""

from datetime import timedelta
from decimal import Decimal

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop import clock
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.races.market import a_bidder, a_linear_book, a_playbook, bid
from tests.races.together import together
from tests.refusing import is_refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue():
    return market.a_market(fund="1000000")


def trip(venue, level):
    return perform(set_breaker, venue_id=venue.id, level=level, reason="a test")


def an_auction(venue, **fields):
    a_playbook(venue, **{"sealed_seconds": 600, "max_restarts": 1, **fields})
    a_linear_book(venue)
    market.sweep()
    return Auction.objects.get(kind="SEALED")


def test_a_bid_is_committed_before_the_trip_or_refused_after_it(venue):
    auction = an_auction(venue)
    bidders = [a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie")]

    def keep_bidding(who):
        for number in range(10_000):
            started_at = clock.now()
            placed = bid(who, auction, f"b{number}")
            if placed.code == "auction_not_open":
                return
            assert placed.code is None
            last = Bid.objects.get(id=placed.bid_id)
            assert last.created_at >= started_at
        raise AssertionError("the breaker never tripped")

    def stop():
        while Bid.objects.count() < 10:
            pass
        return trip(venue, 3)

    *outcomes, _ = together(*[lambda who=who: keep_bidding(who) for who in bidders], stop)
    assert outcomes == [None, None, None]
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    assert not Bid.objects.filter(created_at__gt=auction.halted_at + timedelta(seconds=1)).exists()
    counted = Bid.objects.count()
    assert bid(bidders[0], auction, "late").code == "auction_not_open"
    assert Bid.objects.count() == counted >= 10
    invariants.hold()


def test_a_trip_at_the_close_halts_or_comes_too_late(venue, travel):
    auction = an_auction(venue, max_reopenings=0)
    bid(a_bidder(venue, "Alice"), auction, "b1", units=100)
    bid(a_bidder(venue, "Bob"), auction, "b1", units=100)
    travel.to(auction.closes_at)
    together(lambda: run_stage("close_auctions"), lambda: trip(venue, 3))
    auction.refresh_from_db()
    awarded = Award.objects.exists()
    assert (auction.state, awarded) in [(AuctionState.HALTED, False), (AuctionState.AWARDED, True)]
    trip(venue, 0)
    together(*[lambda: run_stage("close_auctions")] * 2)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.AWARDED
    invariants.hold()


def test_nothing_opens_beside_a_trip_and_stays_open(venue):
    a_playbook(venue, sealed_seconds=600)
    for number in range(5):
        a_linear_book(venue, f"book-{number}")
    market.sweep("route_books", "assign_lots", "pass_lots_on")
    together(lambda: run_stage("open_auctions"), lambda: trip(venue, 3))
    assert not Auction.objects.filter(state=AuctionState.OPEN).exists()
    invariants.hold()


def test_a_restart_beside_bids_and_cancels_leaves_only_bids_that_came_after_it(venue):
    auction = an_auction(venue)
    alice, bob = a_bidder(venue, "Alice"), a_bidder(venue, "Bob")
    placed = [bid(alice, auction, f"a{number}") for number in range(10)]

    def cancel(number):
        return perform(cancel_bid, provider_id=alice[0].id, bid_id=placed[number].bid_id).state

    def restart():
        return perform(restart_auction, venue_id=venue.id, auction_id=auction.id, reason="a test")

    outcomes = together(
        restart,
        *[lambda number=number: cancel(number) for number in range(5)],
        *[lambda number=number: bid(bob, auction, f"b{number}", edge=str(Decimal(number))).code for number in range(5)],
    )
    assert not isinstance(outcomes[0], Exception)
    assert all(one == BidState.CANCELLED or is_refused(one, AuctionRefusal.BID_NOT_LIVE) for one in outcomes[1:6])
    assert outcomes[6:] == [None] * 5
    auction.refresh_from_db()
    live = Bid.objects.filter(state=BidState.LIVE)
    assert all(one.created_at >= auction.opens_at for one in live)
    assert not live.filter(provider=alice[0]).exists()
    assert build.provider_account(alice[0]).held == 0
    invariants.hold()
