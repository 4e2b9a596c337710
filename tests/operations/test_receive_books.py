"""Books come in: each reference once, and of a batch all or none."""

from dataclasses import replace

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.models import Book
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.refusals import AuctionRefusal
from tests import invariants, market
from tests.builders import perform
from tests.market import FIRST, LARGER, amend, received
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_the_first_content_sent_again_answers_the_amended_book(venue):
    book = received(venue)
    amend(book)
    assert received(venue).version == 2
    with refused(AccountRefusal.REFERENCE_REUSED):
        received(venue, LARGER)


def test_what_is_known_already_is_answered_in_its_place_beside_what_is_new(venue):
    known = received(venue)
    second = replace(LARGER, reference="book-2")
    books = market.receive(venue, [second, FIRST, second])
    assert [book.reference for book in books] == ["book-2", "book-1", "book-2"]
    assert books[1] == known
    assert Book.objects.count() == 2
    invariants.hold()


def test_a_venue_has_so_many_books_under_way_and_no_more(venue, settings):
    settings.QUOTAS = settings.QUOTAS | {"books_under_way": 2}
    first, second, third = (replace(FIRST, reference=f"book-{number}") for number in (1, 2, 3))
    market.receive(venue, [first])
    with refused(AuctionRefusal.BOOKS_TOO_MANY):
        market.receive(venue, [second, third])
    (book,) = market.receive(venue, [second])
    assert [book.reference for book in market.receive(venue, [first, second])] == ["book-1", "book-2"]
    with refused(AuctionRefusal.BOOKS_TOO_MANY):
        market.receive(venue, [third])
    perform(withdraw_book, venue_id=venue.id, book_id=book.id, reason="sold elsewhere")
    market.receive(venue, [third])
    invariants.hold()


def test_of_a_batch_with_one_bad_book_none_comes_in(venue):
    empty = replace(FIRST, reference="book-2", positions=())
    with refused(AuctionRefusal.BOOKS_REFUSED) as caught:
        market.receive(venue, [FIRST, empty])
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/books/1/positions", "positions_missing")
    ]
    assert not Book.objects.exists()
    invariants.hold()
