"""Until its first award a book may be withdrawn: its money goes back exactly, and that is final."""

from uuid import uuid4

import pytest

from accounts.models import AccountKind, Transfer
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import AuctionState, BidState, BookState
from auctions.models import Auction
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import COINS, LARGER, a_bid, amend, clean, money, received, transfers, withdraw
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_lenient_playbook(venue)
    return venue


def test_a_withdrawn_book_gives_its_money_back_exactly_and_is_final(venue):
    book = received(venue)
    market.sweep()
    bid = a_bid(venue)
    door, estate, debt = money(book)
    assert (estate, debt) == (1000, 0)
    withdraw(book)
    assert money(book) == (door + 1000, 0, 0)
    bid.refresh_from_db()
    book.refresh_from_db()
    assert (bid.state, book.state, book.withdrawal_reason) == (BidState.VOID, BookState.WITHDRAWN, "margin came in")
    assert market.sweep() == 0
    invariants.everything_ended()
    clean()


def test_a_debt_is_withdrawn_with_its_book(venue):
    opening = build.venue_account(venue, AccountKind.CLEARING).posted
    book = received(venue, COINS)
    withdraw(book)
    assert money(book) == (opening, 0, 0)
    assert transfers(book) == [("INTAKE", 15000, "CLEARING"), ("INTAKE_REVERSED", 15000, "DEBT")]
    clean()


def test_a_halted_auction_is_withdrawn_too(venue):
    book = received(venue)
    market.sweep()
    Auction.objects.update(state=AuctionState.HALTED, halted_at=book.received_at, halt_ends_at=book.cure_ends_at)
    withdraw(book)
    assert Auction.objects.get().state == AuctionState.WITHDRAWN
    clean()


def test_withdrawing_twice_is_once_and_another_reason_is_refused(venue):
    book = received(venue)
    withdraw(book)
    written = Transfer.objects.count()
    assert withdraw(book).state == BookState.WITHDRAWN
    assert Transfer.objects.count() == written
    with refused(AuctionRefusal.BOOK_WITHDRAWN):
        withdraw(book, "something else")
    with refused(AuctionRefusal.BOOK_WITHDRAWN):
        amend(book)


def test_a_reason_is_needed_and_the_book_has_to_be_the_venues(venue):
    book = received(venue)
    with refused(AccountRefusal.REASON_MISSING):
        withdraw(book, "  ")
    stranger = build.a_venue()
    for venue_id, book_id in ((stranger.id, book.id), (venue.id, uuid4())):
        with refused(AuctionRefusal.BOOK_UNKNOWN):
            perform(withdraw_book, venue_id=venue_id, book_id=book_id, reason="no")
        with refused(AuctionRefusal.BOOK_UNKNOWN):
            perform(amend_book, venue_id=venue_id, book_id=book_id, order=LARGER, expected_version=1)
