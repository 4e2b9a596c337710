"""Amendments and withdrawals against whatever else wants the book at that moment: one wins whole, the other says so."""

from decimal import Decimal

import pytest

from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BidState, BookState
from auctions.models import Auction, Award, Bid, Book, Lot
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.races.together import together
from tests.refusing import is_refused

pytestmark = pytest.mark.django_db(transaction=True)

POSITIONS = (market.position("BTC-PERP", "LONG", "2", "20000"),)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, fund="1000000")
    build.a_playbook(venue, mark_max_age_seconds=86400, min_groups=1, cover_percent=0, fund_draw_limit="100000")
    return venue


def amend(book, cash="4000"):
    order = BookOrder(book.reference, POSITIONS, Decimal(cash))
    return perform(amend_book, venue_id=book.venue_id, book_id=book.id, order=order, expected_version=1).version


def withdraw(book):
    return perform(withdraw_book, venue_id=book.venue_id, book_id=book.id, reason="repaid").state


@pytest.mark.parametrize("change", [amend, withdraw])
def test_against_the_first_award_one_of_the_two_happens(venue, change):
    build.a_commitment(build.a_provider(venue), min_edge_bps="20")
    orders = [BookOrder(f"book-{number}", POSITIONS, Decimal(3000)) for number in range(6)]
    books = market.receive(venue, orders)
    run_stage("route_books")
    *changed, _, _ = together(
        *[lambda book=book: change(book) for book in books],
        lambda: run_stage("assign_lots"),
        lambda: run_stage("assign_lots"),
    )
    for book, outcome in zip(books, changed, strict=True):
        awarded = Award.objects.filter(step__lot__book=book).exists()
        assert is_refused(outcome, AuctionRefusal.BOOK_AWARDED) == awarded, "it was awarded and changed, or neither"
    invariants.hold()
    market.sweep()
    invariants.everything_ended()


@pytest.mark.parametrize("change", [amend, withdraw])
def test_bids_are_void_or_find_the_auction_closed(venue, change):
    people = [build.a_provider(venue, name) for name in ("Alice", "Bob", "Charlie")]
    for one in people:
        build.a_provider_key(one)
    book = market.a_book(venue, *POSITIONS, cash="3000")
    market.sweep()
    auction = Auction.objects.get()

    def bid(who, number):
        order = BidOrder(auction.id, f"b{number}", 1, Decimal(10), 1)
        key = who.api_keys.get().id
        return perform(place_bids, key_id=key, provider_id=who.id, orders=[order])[0].code

    *codes, _ = together(
        *[lambda one=one, number=number: bid(one, number) for one in people for number in range(3)],
        lambda: change(book),
    )
    assert set(codes) <= {None, "auction_not_open"}
    assert Bid.objects.filter(state=BidState.VOID).count() == codes.count(None)
    assert not Bid.objects.filter(state=BidState.LIVE).exists()
    auction.refresh_from_db()
    assert auction.state == AuctionState.WITHDRAWN
    invariants.hold()


def test_several_amendments_of_one_version_make_one_next(venue):
    book = market.a_book(venue, *POSITIONS, cash="3000")
    outcomes = together(*[lambda cash=cash: amend(book, str(cash)) for cash in (4000, 5000, 6000)] * 2)
    assert outcomes.count(2) == 2, "the one that won, and the same again"
    assert sum(is_refused(one, AuctionRefusal.BOOK_VERSION_CHANGED) for one in outcomes) == 4
    book.refresh_from_db()
    assert (book.version, market.posted(book.estate_id)) == (2, book.cash)
    invariants.hold()


def test_withdrawing_many_times_while_the_sweeps_run_gives_the_money_back_once(venue):
    book = market.a_book(venue, *POSITIONS, cash="3000")
    outcomes = together(
        *[lambda: withdraw(book)] * 4,
        *[lambda stage=stage: run_stage(stage) for stage in ("route_books", "assign_lots", "open_auctions")],
    )
    assert outcomes[:4] == [BookState.WITHDRAWN] * 4
    market.sweep()
    assert Book.objects.get().state == BookState.WITHDRAWN
    assert not Lot.objects.filter(ended_at=None).exists()
    invariants.everything_ended()
