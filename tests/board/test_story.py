"""A book is told as a story: what came in, who took it, where the money went, and whether its chain holds."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from auctions.board.pictures import WIDTH
from auctions.board.story import tell
from auctions.models import Auction, Book
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.queries import get_chain, list_books_in_full
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.board.test_board import someone_of
from tests.builders import perform
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


@pytest.fixture
def closed(travel) -> Book:
    """Two bitcoins, of which Alice and Bob take all by their standing bids at 40 bps."""
    venue = market.a_market(travel)
    build.a_playbook(venue, mark_max_age_seconds=3600, cover_percent=50)
    for name, cap in (("Alice", "20000"), ("Bob", "40000")):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps="40", cap_per_assignment=cap)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", account="acc-9")
    market.sweep()
    return Book.objects.get(id=book.id)


def page_of(client: Client, book: Book) -> str:
    answer = client.get(f"/board/books/{book.id}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def a_sealed_auction() -> Auction:
    venue = market.a_market()
    market.a_playbook(venue)
    return market.an_auction(venue)


def test_a_closed_book_is_told_from_intake_to_close_and_its_chain_holds(closed: Book, operator: Client) -> None:
    page = page_of(operator, closed)
    said = [
        "LONG 2 BTC-PERP of acc-9",
        "Lot 0, ASSIGN: Alice gets",
        "Bob gets",
        "ends: 100 of 100 units",
        "It is closed",
    ]
    places = [page.index(each) for each in said]
    assert (places[0], places[-1]) == (min(places), max(places))
    assert "verify: holds:" in page
    assert "closed to the last cent" in page
    assert "ASSIGN 100" in page


def test_what_differs_is_red(closed: Book, operator: Client, monkeypatch) -> None:
    chain = get_chain(closed)
    chain["links"][-1] = {**chain["links"][-1], "signature": "0" * 128}
    monkeypatch.setattr("auctions.board.story.get_chain", lambda book: chain)
    assert '<p id="verdict" class="board-red">verify: differs:' in page_of(operator, closed)


def test_the_picture_of_a_lot_is_as_wide_as_its_units(closed: Book) -> None:
    (bar,) = tell(list_books_in_full().get(id=closed.id), clock.now()).bars
    assert [(piece.kind, piece.units, piece.x, piece.width) for piece in bar.pieces] == [("ASSIGN", 100, 0, WIDTH)]


def test_of_a_sealed_auction_nothing_is_told_that_its_market_may_not_know(operator: Client) -> None:
    auction = a_sealed_auction()
    book = auction.step.lot.book
    _, before = page_of(operator, book).split('id="verdict"')
    market.place(market.a_bidder(auction.venue), market.order(auction, edge="77"))
    _, after = page_of(operator, book).split('id="verdict"')
    assert after == before
    assert "Lot 0, SEALED: the auction opens for 100 units." in before
    assert "open 100" in before


def test_the_curve_of_a_dutch_auction_is_drawn_up_to_its_cap_with_where_it_stands(operator: Client, travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel)
    (line,) = tell(list_books_in_full().get(id=auction.step.lot.book_id), clock.now()).curves
    assert line.edge_bps == f"{auction.price_clock.edge_at(clock.now(), auction.cap_bps).normalize():f}"
    points = [tuple(map(int, point.split(","))) for point in line.points.split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert points[-1] == (WIDTH, 0)
    assert "bps now" in page_of(operator, auction.step.lot.book)


def test_a_withdrawn_book_says_why_and_by_whom(operator: Client) -> None:
    book = a_sealed_auction().step.lot.book
    perform(withdraw_book, actor="user:olivia", venue_id=book.venue_id, book_id=book.id, reason="sent twice")
    page = page_of(operator, book)
    assert "The venue withdraws it: sent twice" in page
    assert "user:olivia: book withdrawn: sent twice." in page


def test_a_book_that_nothing_became_of_yet_is_signed_nowhere(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"))
    page = page_of(operator, book)
    assert "verify: " in page
    assert "board-red" not in page


def test_a_book_of_another_venue_is_none(closed: Book) -> None:
    stranger: Venue = build.a_venue("elsewhere")
    assert someone_of(stranger).get(f"/board/books/{closed.id}/").status_code == 404
    assert "acc-9" in page_of(someone_of(closed.venue), closed)


def test_it_costs_a_bounded_number_of_queries(closed: Book, operator: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        page_of(operator, closed)
    assert len(asked) <= 40


def test_a_book_is_verified_once_for_the_same_links(closed: Book, operator: Client, monkeypatch) -> None:
    page_of(operator, closed)

    def again(chain: object) -> str:
        raise AssertionError("it was verified before")

    monkeypatch.setattr("auctions.board.story.verify_chain", again)
    assert "verify: holds:" in page_of(operator, closed)
