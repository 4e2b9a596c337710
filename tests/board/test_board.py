"""The board shows how the market is, to who may see it, for a fixed number of queries."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Appointment, User
from accounts.rules.roles import Role
from auctions.models import Auction, Book, Breaker, Step
from auctions.rules.breaker import Level
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.people import signed_in

pytestmark = pytest.mark.django_db
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def page_of(client: Client) -> str:
    answer = client.get("/board/now/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def someone_of(venue: Venue) -> Client:
    user = User.objects.create_user(f"of-{venue}", is_staff=True)
    Appointment.objects.create(user=user, venue=venue, role=Role.AUDITOR)
    return signed_in(user)


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


def test_whoever_is_not_signed_in_is_asked_to() -> None:
    assert Client().get("/board/")["Location"].startswith("/admin/login/")
    answer = Client().get("/board/now/")
    assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")


def test_staff_that_may_see_no_books_sees_no_board() -> None:
    client = signed_in(User.objects.create_user("nobody", is_staff=True))
    assert client.get("/board/").status_code == client.get("/board/now/").status_code == 403


def test_each_sees_its_own_venue_alone() -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.an_auction(venue)
    assert "book-1" in page_of(someone_of(venue))
    assert "book-1" not in page_of(someone_of(build.a_venue("elsewhere")))


def test_a_sealed_auction_shows_nothing_of_what_is_offered_in_it(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    alice = market.a_bidder(venue)
    page = page_of(operator)
    market.place(alice, market.order(auction, edge="77"))
    assert "100 units" in page
    assert "1 SEALED" in page
    after = page_of(operator)
    assert "Alice" not in after
    assert '<td class="board-number">77</td>' not in after


def test_a_dutch_auction_shows_where_its_price_clock_stands(operator: Client, travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    auction = market.a_dutch_auction(venue, travel)
    edge = auction.price_clock.edge_at(clock.now(), auction.cap_bps)
    assert f'<td class="board-number">{edge.normalize():f}</td>' in page_of(operator)


def test_what_is_stuck_says_why_beside_the_book_where_it_is_mended(operator: Client) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    assert "Nothing is stuck." in page_of(operator)
    again = clock.now() + timedelta(minutes=1)
    Step.objects.update(retry_at=again, parked_reason="division by zero")
    Book.objects.update(retry_at=again, parked_reason="no such thing")
    page = page_of(operator)
    assert "division by zero" in page
    assert "no such thing" in page
    assert page.count(f"/admin/auctions/book/{auction.step.lot.book_id}/change/") == 3  # under way, and stuck twice


def test_a_breaker_in_force_is_a_banner_and_one_at_rest_is_none(operator: Client) -> None:
    venue = build.a_venue("north")
    at_rest = {"level": Level.ALL, "reason": "over", "who": "operator", "tripped_at": clock.now()}
    breaker = Breaker.objects.create(venue=venue, **at_rest)
    assert "No breaker is tripped." in page_of(operator)
    Breaker.objects.filter(pk=breaker.pk).update(level=Level.NO_BIDS, reason="marks are wrong")
    assert "marks are wrong" in page_of(operator)


def test_it_costs_as_many_queries_with_many_books_as_with_one(operator: Client, django_assert_num_queries) -> None:
    venue = market.a_market()
    market.a_playbook(venue)
    market.an_auction(venue)
    with CaptureQueriesContext(connection) as first:
        page_of(operator)
    for n in range(2, 56):
        market.an_auction(venue, reference=f"book-{n}")
    with django_assert_num_queries(len(first)):
        page = page_of(operator)
    assert f'<span class="board-count">{Auction.objects.count()}</span>' in page
    assert page.count("/admin/auctions/book/") == 50


def test_what_is_not_ours_is_what_was_looked_at() -> None:
    found = finders.find("board/htmx-4.0.1.min.js")
    assert found
    assert hashlib.sha256(Path(found).read_bytes()).hexdigest() == HTMX
    assert finders.find("board/htmx-LICENSE.txt")
