"""Several at once on one auction, one book, one commitment: with real connections."""

import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.models import CommitmentUse, Transfer
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BidState, BookState, ReadinessState, SettlementState
from auctions.models import Auction, Award, Bid, Book, Readiness, Settlement
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.cancel_bids import cancel_bids
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.sweeps.assign_lots import assign_lots
from auctions.operations.sweeps.trip_cancel_switches import trip_cancel_switches
from auctions.operations.venue.receive_books import receive_books
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event
from backstop.transactions import acting
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.elsewhere import eventually
from tests.races.market import a_bidder, a_linear_book, a_playbook, bid, finish
from tests.races.together import together
from tests.refusing import is_refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_bid_counts_exactly_if_it_came_before_the_close(venue, travel):
    a_playbook(venue, max_bids=100_000)
    bidders = [a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie")]
    a_linear_book(venue)
    market.sweep()
    auction = Auction.objects.get()

    def keep_bidding(who):
        log = []
        for number in range(100_000):
            before = clock.now()
            placed = bid(who, auction, f"b{number}")
            log.append((before, placed, clock.now()))
            if placed.code == "auction_not_open":
                return log
        raise AssertionError("the auction never closed")

    def keep_closing():
        while Auction.objects.get(id=auction.id).state == AuctionState.OPEN:
            run_stage("close_auctions")

    *logs, _, _ = together(*[lambda who=who: keep_bidding(who) for who in bidders], keep_closing, keep_closing)
    for log in logs:
        for before, placed, after in log:
            if placed.code is None:
                assert before < auction.closes_at, "a late bid was counted"
            else:
                assert (placed.code, after >= auction.closes_at) == ("auction_not_open", True), "an early bid was lost"
    accepted = sum(placed.code is None for log in logs for _, placed, _ in log)
    assert accepted == Bid.objects.filter(state__in=[BidState.WON, BidState.LOST]).count() > 0
    assert not Bid.objects.filter(state=BidState.LIVE).exists()
    invariants.hold()
    finish(travel)


def test_a_bid_that_is_cancelled_at_the_close_is_either_decided_or_gone(venue, travel):
    a_playbook(venue)
    alice, bob = a_bidder(venue, "Alice"), a_bidder(venue, "Bob")
    a_linear_book(venue)
    market.sweep()
    auction = Auction.objects.get()
    placed = [bid(who, auction, f"b{n}", units=20) for n in range(10) for who in (alice, bob)]
    travel.to(auction.closes_at)

    def cancel(number):
        who = (alice, bob)[number % 2]
        return perform(cancel_bid, provider_id=who[0].id, bid_id=placed[number].bid_id)

    together(*[lambda number=number: cancel(number) for number in range(8)], lambda: run_stage("close_auctions"))
    assert Bid.objects.filter(state=BidState.CANCELLED).count() == 0, "the window was over"
    assert not Bid.objects.filter(state=BidState.LIVE).exists()
    invariants.hold()


@pytest.mark.parametrize("all_or_none", [False, True])
def test_the_same_bids_twice_at_once_are_placed_once(venue, travel, all_or_none):
    travel.freeze()
    a_playbook(venue)
    alice, key = a_bidder(venue, "Alice")
    for number in range(4):
        a_linear_book(venue, f"book-{number}")
    market.sweep()
    auctions = Auction.objects.values_list("id", flat=True)
    orders = [BidOrder(auctions[n % 4], f"b{n}", 1, Decimal(5), 1) for n in range(40)]
    whose = {"key_id": key, "provider_id": alice.id}
    place_all = partial(perform, place_bids, **whose, orders=orders, all_or_none=all_or_none)
    first, second, third = together(place_all, place_all, place_all)
    assert first == second == third
    assert all(one.code is None for one in first)
    assert Bid.objects.count() == Event.objects.filter(kind="bid_placed").count() == 40
    invariants.hold()


def test_of_bids_in_many_auctions_one_of_which_closes_all_others_stand(venue, travel):
    travel.freeze()
    a_playbook(venue, sealed_seconds=600)
    alice, key = a_bidder(venue, "Alice")
    for number in range(10):
        a_linear_book(venue, f"book-{number}")
    market.sweep()
    over, *others = Auction.objects.order_by("id")
    closes_at = clock.now() + timedelta(seconds=1)
    Auction.objects.filter(id=over.id).update(closes_at=closes_at)
    travel.to(closes_at)
    orders = [BidOrder(each.id, f"b{each.id}", 1, Decimal(5), 1) for each in (over, *others)]
    whose = {"key_id": key, "provider_id": alice.id, "orders": orders}

    def bid_in_all():
        return perform(place_bids, **whose, all_or_none=True), perform(place_bids, **whose)

    (none, each_alone), _ = together(bid_in_all, lambda: run_stage("close_auctions"))
    assert [one.code for one in none] == ["auction_not_open"] + ["bids_refused"] * 9
    assert [one.code for one in each_alone] == ["auction_not_open"] + [None] * 9
    assert Bid.objects.filter(state=BidState.LIVE).count() == 9
    invariants.hold()


def test_a_bid_that_is_cancelled_as_it_expires_is_taken_back_once(venue, travel):
    travel.freeze()
    a_playbook(venue, sealed_seconds=600)
    alice, key = a_bidder(venue, "Alice")
    a_linear_book(venue)
    market.sweep()
    auction = Auction.objects.get()
    until = {"expires_at": clock.now() + timedelta(seconds=5)}
    orders = [BidOrder(auction.id, f"b{n}", 1, Decimal(5), 1, **until) for n in range(8)]
    placed = perform(place_bids, key_id=key, provider_id=alice.id, orders=orders)
    travel(seconds=5)
    cancels = [partial(perform, cancel_bid, provider_id=alice.id, bid_id=one.bid_id) for one in placed[:4]]
    together(*cancels, lambda: run_stage("expire_bids"), lambda: run_stage("expire_bids"))
    run_stage("expire_bids")
    assert set(Bid.objects.values_list("state", flat=True)) == {BidState.CANCELLED}
    assert Event.objects.filter(kind="bid_cancelled").count() == 8
    assert build.provider_account(alice).held == 0
    invariants.hold()


@pytest.mark.parametrize("by_switch", [False, True])
def test_a_bid_that_is_improved_while_all_are_taken_back_leaves_none(venue, travel, by_switch):
    travel.freeze()
    a_playbook(venue, sealed_seconds=600)
    alice, key = a_bidder(venue, "Alice")
    a_linear_book(venue)
    market.sweep()
    auction = Auction.objects.get()
    bid((alice, key), auction, "b1")
    switch = perform(set_cancel_switch, provider_id=alice.id, seconds=1)
    travel(seconds=1)
    improved = threading.Event()

    def improve_slowly():
        with acting("test"), transaction.atomic(durable=True):
            order = BidOrder(auction.id, "b2", 1, Decimal(5), 1, improves="b1")
            outcome = place_bids(key_id=key, provider_id=alice.id, orders=[order])[0]
            improved.set()
            assert eventually(somebody_waits)
        return outcome.code

    def take_back():
        improved.wait(30)
        if by_switch:
            return perform(trip_cancel_switches, ids=[switch.id])
        return len(perform(cancel_bids, provider_id=alice.id).bids)

    assert together(improve_slowly, take_back) == [None, 1]
    assert set(Bid.objects.values_list("client_bid_id", "state")) == {
        ("b1", BidState.CANCELLED),
        ("b2", BidState.CANCELLED),
    }
    assert build.provider_account(alice).held == 0


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_the_last_unit_goes_to_one_taker_and_is_never_oversold(venue, travel):
    travel.freeze()
    a_playbook(venue, units_per_lot=5)
    takers = [build.a_provider(venue, f"Taker {number}") for number in range(6)]
    a_linear_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    outcomes = together(*[lambda who=who: market.take(who, auction, units=2).units for who in takers])
    assert sorted(one for one in outcomes if isinstance(one, int)) == [1, 2, 2]
    assert sum(is_refused(one, AuctionRefusal.AUCTION_NOT_OPEN) for one in outcomes) == 3
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 5)
    invariants.hold()
    finish(travel)


def test_takers_of_the_last_units_at_once_leave_no_dust(venue, travel):
    travel.freeze()
    a_playbook(venue, units_per_lot=50, min_take_units=10)
    takers = [build.a_provider(venue, f"Taker {number}") for number in range(8)]
    a_linear_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    outcomes = together(*[lambda who=who: market.take(who, auction, units=13).units for who in takers])
    # 13, 13, and of 24 that are left 13 again; the last 11 are too few for two and go to one
    assert sorted(one for one in outcomes if isinstance(one, int)) == [11, 13, 13, 13]
    assert sum(is_refused(one, AuctionRefusal.AUCTION_NOT_OPEN) for one in outcomes) == 4
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 50)
    finish(travel)


def test_the_same_take_sent_many_times_takes_once(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    a_linear_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    outcomes = together(*[lambda: market.take(alice, auction, units=2).id] * 5)
    assert len(set(outcomes)) == 1
    auction.refresh_from_db()
    assert auction.units_taken == 2


def test_one_client_id_in_two_auctions_at_once_takes_in_one(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    a_linear_book(venue, "book-1")
    a_linear_book(venue, "book-2")
    market.sweep()
    travel(seconds=1)
    market.sweep()
    for number in range(5):
        outcomes = together(
            *[
                lambda one=one, name=f"t{number}": market.take(alice, one, name, 1).units
                for one in Auction.objects.filter(kind="DUTCH")
            ]
        )
        assert sum(isinstance(one, int) for one in outcomes) == 1
        assert sum(is_refused(one, AuctionRefusal.BID_REUSED) for one in outcomes) == 1
        assert len(outcomes) == 2


def a_dutch_auction(venue, travel):
    travel.freeze()
    a_playbook(venue, units_per_lot=50)
    a_linear_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    return Auction.objects.get(kind="DUTCH")


def test_the_same_readiness_sent_many_times_is_one(venue, travel):
    auction, alice = a_dutch_auction(venue, travel), market.a_bidder(venue, "Alice")
    outcomes = together(*[lambda: market.ready(alice, auction, 20).id] * 5)
    assert len(set(outcomes)) == Readiness.objects.count() == 1
    invariants.hold()


def test_readiness_at_once_with_takes_is_counted_once_and_never_for_more_than_is_left(venue, travel):
    auction = a_dutch_auction(venue, travel)
    people = [market.a_bidder(venue, f"Bidder {number}") for number in range(3)]
    words = [lambda who=who: market.ready(who, auction, 30).units for who in people]
    takes = [lambda who=who: market.take(who, auction, units=20).units for who in people]
    together(*words, *takes)
    for stands in Readiness.objects.all():
        later = Event.objects.filter(id__gt=Event.objects.get(kind="readiness_declared", subject_id=stands.id).id)
        taken = later.filter(kind="award_made", provider_id=stands.provider_id)
        assert stands.units_left == max(30 - sum(taken.values_list("payload__units", flat=True)), 0)
    invariants.hold()
    finish(travel)


def test_readiness_at_the_close_is_either_given_something_or_refused(venue, travel):
    auction = a_dutch_auction(venue, travel)
    people = [market.a_bidder(venue, f"Bidder {number}") for number in range(4)]
    travel.to(auction.closes_at - timedelta(milliseconds=30))
    market.mark_again()
    words = [lambda who=who: market.ready(who, auction, 5).units for who in people]

    def close():
        travel.to(auction.closes_at)
        run_stage("close_auctions")

    *said, _ = together(*words, close)
    accepted = sum(one == 5 for one in said)
    assert sum(is_refused(one, AuctionRefusal.AUCTION_NOT_OPEN) for one in said) == 4 - accepted
    run_stage("close_auctions")
    assert Auction.objects.get(id=auction.id).units_taken == 5 * accepted
    assert not Readiness.objects.filter(state=ReadinessState.LIVE).exists()
    invariants.hold()


@pytest.mark.parametrize("mode", ["AUTO", "CONFIRM"])
def test_every_stage_swept_by_several_at_once_moves_money_once(venue, travel, mode):
    travel.freeze()
    a_playbook(venue, settlement_mode=mode, confirm_seconds=5)
    for name, edge in (("Alice", "40"), ("Bob", "60")):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps=edge, cap_per_assignment="30000")
    for number in range(4):
        a_linear_book(venue, f"book-{number}")
    for _ in range(40):
        for stage in market.STAGES:
            together(*[lambda stage=stage: run_stage(stage)] * 3)
        invariants.hold()
        if not Book.objects.exclude(state=BookState.CLOSED).exists():
            break
        travel(seconds=60)
    invariants.everything_ended()
    settled = Settlement.objects.filter(state=SettlementState.SETTLED)
    edges = Transfer.objects.filter(purpose="EDGE").values_list("subject_id", flat=True)
    assert len(edges) == len(set(edges))
    assert settled.count() == len({(one.award.provider_id, one.sequence) for one in settled})
    assert not Book.objects.exclude(parked_reason="").exists()


def test_the_same_reference_at_once_is_one_book(venue):
    a_playbook(venue)
    order = BookOrder("same", (market.position("BTC-PERP", "LONG", "1", "20000"),), cash=Decimal(500))
    outcomes = together(
        *[lambda: perform(receive_books, venue_id=venue.id, orders=[order, order])[0].id] * 5,
    )
    assert len(set(outcomes)) == 1
    assert Book.objects.count() == Transfer.objects.filter(purpose="INTAKE").count() == 1
    invariants.hold()


def test_two_books_at_once_never_take_more_of_a_window_than_it_has(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice = build.a_provider(venue, "Alice", collateral="10000000")
    build.a_commitment(alice, min_edge_bps="5", window_capacity="50000", window_seconds=3600)
    for number in range(6):
        a_linear_book(venue, f"book-{number}")  # 40,000 each
    run_stage("route_books")
    steps = market.STAGES["assign_lots"].due(clock.now()).list_ids()
    together(*[lambda one=one: perform(assign_lots, ids=[one]) for one in steps])
    assert CommitmentUse.objects.get().used == 50000
    taken = sum(award.notional for award in Award.objects.all())
    assert taken == 50000
    invariants.hold()
