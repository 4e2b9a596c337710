"""Sealed auctions close: competition and reopening, who is paid what, and what stale marks do to them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop.models import UsedMark
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, mark_again, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_an_uncontested_auction_reopens_once_and_then_pays_at_most_the_uncontested_cap(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, units=100, edge="150.0001"), order(auction, "b2", units=60, edge="150"))
    assert close(auction, travel).round == 2
    assert close(auction, travel).state == AuctionState.AWARDED
    assert [(a.units, a.edge_bps) for a in Award.objects.all()] == [(60, Decimal(150))]


def test_a_second_bidder_of_the_same_group_is_no_competition(venue, travel):
    group = build.a_group(venue, "Twins")
    auction = an_auction(venue)
    for name in ("Tweedledum", "Tweedledee"):
        place(a_bidder(venue, name, group=group), order(auction, units=100, edge="300"))
    close(auction, travel)
    assert close(auction, travel).state == AuctionState.UNFILLED


def test_contested_bids_are_paid_up_to_the_reserve_at_the_first_close(venue, travel):
    auction = an_auction(venue)
    for name, edge in (("Alice", "300"), ("Bob", "350"), ("Charlie", "350.0001")):
        place(a_bidder(venue, name), order(auction, units=100, edge=edge))
    assert close(auction, travel).state == AuctionState.AWARDED
    assert auction.round == 1
    assert {(a.provider.name, a.units, a.edge_bps) for a in Award.objects.all()} == {("Alice", 100, Decimal(300))}
    assert set(Bid.objects.values_list("state", "held")) == {("WON", 0), ("LOST", 0)}
    invariants.hold()


def test_stale_marks_halt_the_close_and_fresh_ones_resume_it_with_a_later_deadline(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    closes_at = auction.closes_at
    travel(seconds=61)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    assert code(alice, auction, "b2") == "auction_not_open"
    travel(seconds=40)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 40)
    assert auction.closes_at == closes_at + timedelta(seconds=40)


def test_a_mark_of_exactly_the_greatest_age_prices(venue, travel):
    auction = an_auction(venue)
    travel.to(auction.opens_at + timedelta(seconds=60))
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.round) == (AuctionState.OPEN, 2)


def test_a_halt_ends_the_auction_unfilled_at_its_longest_time(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    travel(seconds=61)
    run_stage("close_auctions")
    auction.refresh_from_db()
    travel.to(auction.halted_at + timedelta(seconds=300) - timedelta(microseconds=1))
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    travel(seconds=0.000001)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.UNFILLED
    assert build.provider_account(alice).held == 0


@pytest.mark.parametrize(("price", "state"), [("20600", AuctionState.AWARDED), ("20600.01", AuctionState.UNFILLED)])
def test_a_drift_at_the_limit_is_awarded_and_beyond_it_is_not(venue, travel, price, state):
    auction = an_auction(venue)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(auction, units=100, edge="100"))
    travel.to(auction.closes_at)
    mark_again(price)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == state
    invariants.hold()


@pytest.mark.parametrize(("limit", "units"), [("305", 100), ("304.9999", 60), (None, 60)])
def test_a_bid_whose_own_limit_is_exceeded_is_void_and_the_others_count(venue, travel, limit, units):
    a_playbook(venue, max_reopenings=0)
    auction = an_auction(venue)
    own = {} if limit is None else {"max_drift_bps": Decimal(limit)}
    (far,) = place(a_bidder(venue, "Alice"), replace(order(auction, units=60, edge="40"), max_drift_bps=Decimal(400)))
    (near,) = place(a_bidder(venue, "Bob"), replace(order(auction, units=40, edge="45"), **own))
    travel.to(auction.closes_at)
    mark_again("20610")
    run_stage("close_auctions")
    assert sum(Award.objects.values_list("units", flat=True)) == units
    assert Bid.objects.get(id=far.bid_id).state == BidState.WON
    assert Bid.objects.get(id=near.bid_id).state == (BidState.WON if units == 100 else BidState.VOID)
    invariants.hold()


@pytest.mark.parametrize(("limit", "restarts", "state"), [("400", 0, BidState.WON), ("300", 1, BidState.VOID)])
def test_bids_that_allow_the_drift_count_and_where_none_does_it_starts_anew_once(venue, travel, limit, restarts, state):
    """Case 10: two bids at 40 and 45, and the mark moves by 305 bps in 30 s."""
    a_playbook(venue, max_restarts=1, cover_percent=50)
    auction = an_auction(venue)
    for name, edge in (("Alice", "40"), ("Bob", "45")):
        place(a_bidder(venue, name), replace(order(auction, units=60, edge=edge), max_drift_bps=Decimal(limit)))
    travel.to(auction.closes_at)
    mark_again("19390")
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.restarts == restarts
    assert set(Bid.objects.values_list("state", flat=True)) == {state}
    invariants.hold()


def test_one_that_begins_anew_and_one_that_is_awarded_close_in_one_batch(travel):
    venue = market.a_market(travel, coins=True)
    a_playbook(venue, max_restarts=1)
    drifted = an_auction(venue)
    place(a_bidder(venue, "Charlie"), order(drifted, units=100, edge="100"))
    book = market.a_book(venue, market.position("ETH-USD", "LONG", "50"), reference="coins", cash="-1000")
    market.sweep()
    coins = Auction.objects.get(step__lot__book=book)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(coins, units=100, edge="100"))
    travel.to(coins.closes_at)
    for symbol, price in (("BTC-PERP", "21000"), ("ETH-USD", "202")):
        build.a_mark(venue.instruments.get(symbol=symbol), price)
    assert run_stage("close_auctions") == 2
    for auction in (drifted, coins):
        auction.refresh_from_db()
    assert (drifted.state, drifted.restarts, coins.state) == (AuctionState.OPEN, 1, AuctionState.AWARDED)
    assert {str(mark.price.normalize()) for mark in UsedMark.objects.all()} == {"2.1E+4", "202"}


def test_a_commitments_bid_is_firm_and_counts_no_more_than_it_still_offers(venue, travel):
    alice = a_bidder(venue)
    commitment = build.a_commitment(alice, min_edge_bps="250", window_capacity="20000", window_seconds=3600)
    first, second = an_auction(venue, "book-1"), an_auction(venue, "book-2")
    bids = list(Bid.objects.filter(commitment=commitment))
    assert [bid.max_units for bid in bids] == [50, 50], "above the cap of ASSIGN, it stands in both"
    with refused(AuctionRefusal.BID_FIRM):
        perform(cancel_bid, provider_id=alice.id, bid_id=bids[0].id)
    for auction in (first, second):
        place(a_bidder(venue, f"Bob {auction.id}"), order(auction, units=100, edge="260"))
        place(a_bidder(venue, f"Charlie {auction.id}"), order(auction, units=100, edge="260"))
    close(second, travel)
    assert sum(a.units for a in Award.objects.filter(commitment=commitment)) == 50
    assert sum(a.units for a in Award.objects.all()) == 200
    invariants.hold()
