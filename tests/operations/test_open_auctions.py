"""Auctions open as far as caps have room, and with the firm bids of commitments in them."""

from decimal import Decimal

import pytest

from auctions.desks.drafts import BookOrder
from auctions.desks.seals import load_seals
from auctions.lifecycle import AuctionState, StepKind, StepState
from auctions.models import Auction, Award, Bid, Cap, Lot, Playbook
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.withdraw_book import withdraw_book
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import IN_AUCTION, WAITING, a_bidder, a_bitcoin_book, a_queueing_playbook, step_of, where

pytestmark = pytest.mark.django_db


D = Decimal


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_queueing_playbook(venue)
    return venue


def test_what_exceeds_the_cap_waits_until_there_is_room(venue, travel):
    build.a_cap(venue, "30000")
    first, second = a_bitcoin_book(venue, "first"), a_bitcoin_book(venue, "second")
    cap = Cap.objects.get()
    assert (where(first), where(second)) == (IN_AUCTION, WAITING)
    assert (cap.outstanding, step_of(second).waits_for) == (20000, cap)
    travel(seconds=29)
    assert market.sweep() == 0
    travel(seconds=1)
    market.sweep()
    # The first lot's sealed auction is over; the second has waited longest and comes before the first one's Dutch.
    assert (where(first), where(second)) == ((StepKind.DUTCH, StepState.READY), IN_AUCTION)
    assert Cap.objects.get().outstanding == 20000
    invariants.hold()


def test_a_lot_that_fills_the_cap_exactly_passes(venue):
    build.a_cap(venue, "40000")
    assert [where(a_bitcoin_book(venue, name)) for name in ("first", "second", "third")] == [
        IN_AUCTION,
        IN_AUCTION,
        WAITING,
    ]


def test_a_smaller_lot_passes_a_larger_one_that_waits(venue):
    build.a_cap(venue, "30000")
    books = [a_bitcoin_book(venue, "first"), a_bitcoin_book(venue, "large"), a_bitcoin_book(venue, "small", "0.5")]
    assert [where(book) for book in books] == [IN_AUCTION, WAITING, IN_AUCTION]
    assert Cap.objects.get().outstanding == 30000


def test_after_half_of_its_time_nothing_passes_a_lot_that_waits(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=500, max_queue_seconds=100)
    build.a_cap(venue, "30000")
    a_bitcoin_book(venue, "first")
    large = a_bitcoin_book(venue, "large")
    travel(seconds=49)
    assert where(a_bitcoin_book(venue, "early", "0.1")) == IN_AUCTION
    travel(seconds=1)
    late = a_bitcoin_book(venue, "late", "0.1")
    assert where(late) == WAITING
    travel(seconds=49)
    market.sweep()
    assert (where(large), where(late)) == (WAITING, WAITING)
    travel(seconds=1)
    market.sweep("open_auctions")
    # It has gone on without an auction, and keeps nothing any more.
    assert (where(large), where(late)) == ((StepKind.SEALED, StepState.SETTLING), IN_AUCTION)
    invariants.hold()


def test_a_large_lot_is_let_in_while_small_ones_keep_coming(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=30, max_queue_seconds=100, dutch_seconds=1)
    build.a_cap(venue, "30000")
    a_bitcoin_book(venue, "small-0", "0.5")
    large = a_bitcoin_book(venue, "large", "1.5")
    for number in range(1, 12):
        travel(seconds=10)
        a_bitcoin_book(venue, f"small-{number}", "0.5")
        if where(large) == IN_AUCTION:
            break
    assert where(large) == IN_AUCTION
    assert 50 <= (Auction.objects.get(step__lot__book=large).opens_at - large.received_at).total_seconds() < 100
    invariants.hold()


def test_a_lot_that_waits_for_one_cap_keeps_its_room_under_the_others(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=500, max_queue_seconds=100)
    build.a_cap(venue, "20000", product_group=build.a_group_of_products(venue))
    build.a_cap(venue, "50000")
    a_bitcoin_book(venue, "first")
    a_bitcoin_book(venue, "large")
    travel(seconds=50)
    build.a_mark(venue.instruments.get(symbol="ETH-USD"), "200")
    coins = [
        market.a_book(venue, market.position("ETH-USD", "LONG", quantity), reference=name, cash="-1000")
        for name, quantity in (("coins", "50"), ("more", "1"))
    ]
    market.sweep()
    assert [where(book) for book in coins] == [IN_AUCTION, WAITING]


def test_a_lot_that_would_not_fit_even_alone_keeps_no_room(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=500, max_queue_seconds=100)
    build.a_cap(venue, "0", product_group=build.a_group_of_products(venue))
    build.a_cap(venue, "30000")
    stopped = a_bitcoin_book(venue, "stopped")
    travel(seconds=50)
    build.a_mark(venue.instruments.get(symbol="ETH-USD"), "200")
    coins = market.a_book(venue, market.position("ETH-USD", "LONG", "50"), reference="coins", cash="-1000")
    market.sweep()
    assert (where(stopped), where(coins)) == (WAITING, IN_AUCTION)


def test_at_its_age_limit_exactly_a_lot_goes_on_without_an_auction(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=500, max_queue_seconds=100)
    build.a_cap(venue, "30000")
    _, waiting = a_bitcoin_book(venue, "first"), a_bitcoin_book(venue, "second")
    travel(seconds=99)
    market.sweep()
    assert where(waiting) == WAITING
    travel(seconds=1)
    market.sweep()
    # The Dutch auction would not fit either: it queues in its turn, for as long.
    assert where(waiting) == (StepKind.DUTCH, StepState.READY)
    assert not Auction.objects.filter(step__lot__book=waiting).exists()
    travel(seconds=100)
    market.sweep()
    waiting.refresh_from_db()
    assert (waiting.state, where(waiting)) == ("CLOSED", (StepKind.FUND, StepState.ENDED))
    invariants.hold()


def test_a_playbook_without_patience_passes_on_at_once(venue):
    a_queueing_playbook(venue, max_queue_seconds=0)
    build.a_cap(venue, "30000")
    a_bitcoin_book(venue, "first")
    assert where(a_bitcoin_book(venue, "second")) == (StepKind.FUND, StepState.ENDED)


def test_units_that_are_taken_make_room_at_once(venue, travel):
    alice = build.a_provider(venue)
    build.a_cap(venue, "30000")
    first = a_bitcoin_book(venue, "first")
    travel(seconds=30)
    market.sweep()
    auction = Auction.objects.get(step__lot__book=first, kind="DUTCH")
    second = a_bitcoin_book(venue, "second")
    assert where(second) == WAITING
    for name, units, left in (("t1", 49, "10200"), ("t2", 1, "10000")):
        market.take(alice, auction, name, units)
        assert Cap.objects.get().outstanding == D(left)
        market.sweep("open_auctions")
        assert where(second) == (IN_AUCTION if name == "t2" else WAITING)
    assert Cap.objects.get().outstanding == 30000
    market.take(alice, auction, "t3", 50)
    assert Cap.objects.get().outstanding == 20000
    invariants.hold()


def test_a_cap_on_a_product_group_counts_its_own_positions_alone(venue):
    coins = build.a_group_of_products(venue, "COINS")
    a_queueing_playbook(venue, lot_scope="BOOK")
    build.a_cap(venue, "15000", product_group=coins)
    positions = (market.position("BTC-PERP", "LONG", "5", "20000"), market.position("ETH-USD", "LONG", "50"))
    both = market.a_book(venue, *positions, reference="both")
    again = market.a_book(venue, *positions, reference="again")
    market.sweep()
    alone = a_bitcoin_book(venue, "alone", "10")
    assert sorted([where(both), where(again)]) == sorted([IN_AUCTION, WAITING])
    assert where(alone) == IN_AUCTION
    assert Cap.objects.get().outstanding == 10000


def test_both_caps_have_to_have_room(venue):
    perps = build.a_group_of_products(venue, "PERPS")
    build.a_cap(venue, "100000")
    build.a_cap(venue, "30000", product_group=perps)
    a_bitcoin_book(venue, "first")
    waiting = a_bitcoin_book(venue, "second")
    assert step_of(waiting).waits_for.product_group == perps
    assert set(Cap.objects.values_list("outstanding", flat=True)) == {D(20000)}


def test_a_lot_larger_than_the_whole_cap_is_cut_so_that_it_passes(venue, travel):
    build.a_cap(venue, "15000")
    book = a_bitcoin_book(venue, "large", "2")
    assert [lot.notional for lot in Lot.objects.order_by("ordinal")] == [D(13320), D(13340), D(13340)]
    assert Auction.objects.filter(state=AuctionState.OPEN).count() == 1
    for _ in range(8):
        travel(seconds=60)
        market.sweep()
        invariants.hold()
    book.refresh_from_db()
    assert book.state == "CLOSED"
    invariants.everything_ended()


def test_a_cap_of_zero_lets_nothing_in_and_cuts_nothing(venue, travel):
    build.a_cap(venue, "0")
    book = a_bitcoin_book(venue, "first")
    assert (where(book), Lot.objects.count()) == (WAITING, 1)
    for _ in range(2):
        travel(seconds=100)
        market.sweep()
    book.refresh_from_db()
    assert (book.state, Auction.objects.count()) == ("CLOSED", 0)
    invariants.everything_ended()


def test_a_book_that_is_withdrawn_or_amended_makes_room(venue):
    build.a_cap(venue, "20000")
    first, second = a_bitcoin_book(venue, "first"), a_bitcoin_book(venue, "second")
    perform(withdraw_book, venue_id=venue.id, book_id=first.id, reason="a mistake")
    assert Cap.objects.get().outstanding == 0
    market.sweep()
    assert where(second) == IN_AUCTION
    order = BookOrder("second", (market.position("BTC-PERP", "LONG", "0.5", "20000"),), cash=D(3000))
    perform(amend_book, venue_id=venue.id, book_id=second.id, order=order, expected_version=1)
    assert Cap.objects.get().outstanding == 0
    market.sweep()
    assert Cap.objects.get().outstanding == 10000
    invariants.hold()


def test_a_commitment_that_would_pay_stands_in_the_auction_with_its_payment_held(venue, travel):
    alice = a_bidder(venue)
    build.a_commitment(alice, min_edge_bps="-20", window_capacity="20000", window_seconds=1)
    build.a_playbook(venue, mark_max_age_seconds=60, cover_percent=0)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep("route_books", "assign_lots")
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get()
    assert Award.objects.filter(edge_bps=-20).exists()
    seal = load_seals([auction.id])[auction.id]
    bids = Bid.objects.filter(auction=auction)
    assert [bid.max_pay_bps for bid in bids] == [-seal.open(bid).edge_bps for bid in bids] == [20]
    invariants.hold()


def test_unless_its_playbook_says_otherwise_a_lot_waits_for_half_an_hour(venue, travel):
    a_queueing_playbook(venue, sealed_seconds=7200, max_queue_seconds=Playbook().max_queue_seconds)
    build.a_cap(venue, "20000")
    a_bitcoin_book(venue, "first")
    second = a_bitcoin_book(venue, "second")
    travel(seconds=1799)
    market.sweep("open_auctions")
    assert where(second) == WAITING
    travel(seconds=1)
    market.sweep("open_auctions")
    assert where(second) == (StepKind.SEALED, StepState.SETTLING)


@pytest.mark.parametrize("assign", ["AS_BIDS", "BY_REGIME"])
def test_commitments_bid_in_the_sealed_auction_and_hold_nothing_until_it_closes(travel, assign):
    venue = market.a_market(travel)
    market.a_lenient_playbook(venue, assign=assign, max_reopenings=0)
    alice = build.a_provider(venue, "Alice", collateral="6000")  # margin of 4,000 for one book
    build.a_commitment(alice, min_edge_bps="50")
    books = [market.a_plain_book(venue, reference=f"book-{number}") for number in (1, 2)]
    market.sweep()
    assert [market.where(book) for book in books] == [("SEALED", "OPEN")] * 2
    assert list(Bid.objects.values_list("provider", "max_units", "held", "state")) == [(alice.id, 100, 0, "LIVE")] * 2
    travel.to(Auction.objects.first().closes_at)
    market.sweep("close_auctions")
    won = [sum(Award.objects.filter(step__lot__book=book).values_list("units", flat=True)) for book in books]
    assert won[0] == 100, "the first to arrive has all of it"
    assert 0 < won[1] < 100, "the second what is left at its close"
    invariants.hold()
