"""Until its first award a book may be amended: the money by hand, and what nobody may do."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Transfer
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BidState, BookState, StepKind, StepState
from auctions.models import Auction, Award, Book, Lot, Position, Step, Wish
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event, Instrument
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import (
    COINS,
    FIRST,
    LARGER,
    a_bid,
    a_lenient_playbook,
    amend,
    clean,
    money,
    received,
    transfers,
    withdraw,
)
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_lenient_playbook(venue)
    return venue


INDEBTED = BookOrder("book-1", (market.position("BTC-PERP", "LONG", "3", "21000"),), cash=Decimal(4000))


def test_an_amended_book_is_marked_anew_and_its_money_corrected_by_new_transfers(venue):
    opening = build.venue_account(venue, AccountKind.CLEARING).posted  # the fund came in by this door
    book = received(venue)
    assert money(book) == (opening - 1000, 1000, 0)  # 3000 - 2 x (21000 - 20000)
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "19000")
    book = amend(book)
    assert money(book) == (opening - 1500, 1500, 0)  # 7500 - 3 x (21000 - 19000)
    assert transfers(book) == [
        ("INTAKE", 1000, "ESTATE"),
        ("INTAKE", 1500, "ESTATE"),
        ("INTAKE_REVERSED", 1000, "CLEARING"),
    ]
    assert (book.version, book.state, book.notional, book.equity) == (2, BookState.AMENDED, 57000, 1500)
    lines = Position.objects.order_by("book_version").values_list("book_version", "quantity", "mark_price")
    assert list(lines) == [(1, 2, 20000), (2, 3, 19000)]
    clean()


def test_from_an_estate_to_a_debt_and_back_to_an_estate(venue):
    opening = build.venue_account(venue, AccountKind.CLEARING).posted
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "19000")
    book = received(venue)  # 3000 - 4000
    assert money(book) == (opening + 1000, 0, -1000)
    amend(book, INDEBTED)  # 4000 - 6000
    assert money(book) == (opening + 2000, 0, -2000)
    amend(book, LARGER, version=2)
    assert money(book) == (opening - 1500, 1500, 0)
    amend(book, COINS, version=3)  # borrowed 15,000 against 100 x 200 of coins, which come in as they are sold
    assert money(book) == (opening + 15000, 0, -15000)
    book.refresh_from_db()
    assert (book.version, book.equity) == (4, 5000)
    clean()
    withdraw(book)
    assert money(book) == (opening, 0, 0)
    clean()


def test_an_amendment_ends_all_that_was_under_way_and_starts_anew(venue):
    book = received(venue)
    market.sweep()
    auction = Auction.objects.get()
    bid = a_bid(venue)
    assert bid.held > 0
    assert Wish.objects.get().amount == 400  # 350 bps of 40,000, less the 1000 of its own
    amend(book)
    auction.refresh_from_db()
    bid.refresh_from_db()
    assert (auction.state, auction.withdrawn_at is not None) == (AuctionState.WITHDRAWN, True)
    assert (bid.state, bid.held) == (BidState.VOID, 0)
    assert build.provider_account(bid.provider).held == 0
    assert not Wish.objects.exists()
    assert set(Step.objects.values_list("state", flat=True)) == {StepState.ENDED}
    clean()
    market.sweep()
    lots = Lot.objects.order_by("book_version").values_list("book_version", "ordinal", "units", "notional")
    assert list(lots) == [(1, 0, 100, 40000), (2, 0, 100, 60000)]
    assert Auction.objects.filter(state=AuctionState.OPEN, step__lot__book_version=2).count() == 1
    assert not Wish.objects.exists(), "its own 4500 pay 350 bps of 60,000"
    clean()


def test_an_amended_book_goes_to_its_end_like_any_other(venue, travel):
    book = received(venue)
    market.sweep()
    amend(book)
    market.sweep()
    bid = a_bid(venue, units=100)
    for _ in range(6):
        travel(seconds=60)
        market.sweep()
    book.refresh_from_db()
    bid.refresh_from_db()
    assert (book.state, bid.state) == (BookState.CLOSED, BidState.WON)
    # 7500 - 3 x 1000, less 10 bps of 60,000 and a fee of 50 bps
    assert (book.fee, book.residual) == (300, 4500 - 60 - 300)
    clean()
    invariants.everything_ended()


def test_bidders_are_told_and_a_late_bid_finds_the_auction_closed(venue):
    book = received(venue)
    market.sweep()
    bid = a_bid(venue)
    amend(book)
    told = Event.objects.get(kind="bid_voided", provider_id=bid.provider_id)
    assert told.payload["reason"] == "the book was amended to version 2"
    late = BidOrder(bid.auction_id, "b2", 1, Decimal(10), 1)
    key = bid.provider.api_keys.get().id
    (placed,) = perform(place_bids, key_id=key, provider_id=bid.provider_id, orders=[late])
    assert placed.code == "auction_not_open"
    with pytest.raises(Exception, match="VOID"):
        perform(cancel_bid, provider_id=bid.provider_id, bid_id=bid.id)


def test_the_same_amendment_again_answers_the_same(venue):
    book = received(venue)
    amend(book)
    market.sweep()
    written = Transfer.objects.count()
    again = amend(book)
    assert (again.version, again.state) == (2, BookState.ROUTED)
    assert amend(book, version=2).version == 2, "what is its content already changes nothing"
    assert Transfer.objects.count() == written


def test_what_changes_nothing_is_no_new_version(venue):
    book = received(venue)
    assert amend(book, FIRST).version == 1


def test_another_version_than_the_books_is_refused(venue):
    book = received(venue)
    for version in (0, 2, 7):
        with refused(AuctionRefusal.BOOK_VERSION_CHANGED):
            amend(book, version=version)
    amend(book)
    with refused(AuctionRefusal.BOOK_VERSION_CHANGED):
        amend(book, INDEBTED)
    assert Book.objects.get().version == 2


def test_after_the_first_award_neither_is_possible(venue, travel):
    alice = build.a_provider(venue)
    build.a_commitment(alice, cap_per_assignment="4000")
    a_lenient_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=5)
    book = received(venue)
    market.sweep()
    assert Award.objects.get().units == 10
    before = money(book)
    for moment in ("awaited", "given back", "closed"):
        with refused(AuctionRefusal.BOOK_AWARDED):
            amend(book)
        with refused(AuctionRefusal.BOOK_AWARDED):
            withdraw(book)
        assert money(book) == before or moment == "closed"
        for _ in range(1 if moment == "awaited" else 10):
            travel(seconds=60)
            market.sweep()
    book.refresh_from_db()
    assert book.state == BookState.CLOSED


def test_the_funds_own_book_is_nobodys_to_amend(venue):
    Book.objects.filter(id=received(venue).id).update(owned_by_fund=True)
    book = Book.objects.get()
    with refused(AuctionRefusal.BOOK_OWNED_BY_FUND):
        amend(book)
    with refused(AuctionRefusal.BOOK_OWNED_BY_FUND):
        withdraw(book)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (BookOrder("book-2", LARGER.positions, LARGER.cash), "reference_differs"),
        (BookOrder("book-1", (), LARGER.cash), "positions_missing"),
        (BookOrder("book-1", (market.position("EUR-PERP", "LONG", "1", "1"),)), "settlement_asset_differs"),
        (BookOrder("book-1", (market.position("DOGE", "LONG", "1", "1"),)), "instrument_unknown"),
        (BookOrder("book-1", LARGER.positions, Decimal("0.0000001")), "amount_refused"),
        (BookOrder("book-1", LARGER.positions, owner_group="nobody"), "group_unknown"),
        (BookOrder("book-1", LARGER.positions, LARGER.cash, account="another"), "owner_differs"),
    ],
)
def test_a_bad_amendment_changes_nothing(venue, order, code):
    book = received(venue)
    market.sweep()
    bid = a_bid(venue)
    build.an_instrument(venue, "EUR-PERP", asset=build.an_asset(venue, "EUR"), price="1")
    before = (market.posted(book.estate_id), market.posted(book.debt_id))
    with refused(AuctionRefusal.BOOKS_REFUSED) as caught:
        amend(book, order)
    assert caught.value.faults[0].code == code
    bid.refresh_from_db()
    book.refresh_from_db()
    assert before == (market.posted(book.estate_id), market.posted(book.debt_id))
    assert (bid.state, book.version) == (BidState.LIVE, 1)
    clean()


def test_a_bad_amendment_is_told_all_that_is_wrong_with_it(venue):
    with refused(AuctionRefusal.BOOKS_REFUSED, match="nothing was amended") as caught:
        amend(received(venue), BookOrder("book-2", (market.position("DOGE", "LONG", "1", "1"),), owner_group="nobody"))
    assert [fault.code for fault in caught.value.faults] == [
        "reference_differs",
        "group_unknown",
        "instrument_unknown",
    ]


def test_during_the_cure_period_nothing_is_assigned(venue, travel):
    alice = build.a_provider(venue)
    build.a_commitment(alice)
    a_lenient_playbook(venue, cure_seconds=30)
    start = travel.freeze()
    book = received(venue)
    market.sweep()
    assert Step.objects.get(kind=StepKind.ASSIGN).due_at == book.cure_ends_at
    travel(seconds=20)
    amend(book)  # does not prolong it
    market.sweep()
    travel.to(book.cure_ends_at)
    assert (book.cure_ends_at - start).total_seconds() == 30
    travel(seconds=-0.000001)
    assert market.sweep() == 0
    assert not Award.objects.exists()
    travel.to(book.cure_ends_at)
    market.sweep()
    assert Award.objects.get().units == 100


def test_a_book_amended_after_its_cure_is_assigned_at_once(venue, travel):
    a_lenient_playbook(venue, cure_seconds=30)
    book = received(venue)
    travel(seconds=31)
    market.sweep()
    amend(book)
    build.a_commitment(build.a_provider(venue), active_at=book.received_at)
    market.sweep()
    assert Award.objects.get().units == 100
