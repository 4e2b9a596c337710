"""The last hour as charts: each book that came in it is a point, which leads to its story."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from auctions.board.hour import HOUR
from auctions.models import Book, Settlement
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.board.test_board import someone_of
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator"))


@pytest.fixture
def venue(travel) -> Venue:
    """Bitcoins at 20,000, which Alice and Bob take at 40 bps."""
    venue = market.a_market(travel)
    build.a_playbook(venue, mark_max_age_seconds=86400, cover_percent=50)
    for name in ("Alice", "Bob"):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps="40")
    return venue


def a_book(venue: Venue, quantity: str = "2") -> Book:
    return market.a_book(venue, market.position("BTC-PERP", "LONG", quantity, "20000"), cash="3000")


def said_to(client: Client) -> dict[str, Any]:
    answer = client.get("/board/hour/data/")
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


def values(said: dict[str, Any]) -> dict[str, list[float | None]]:
    return {each["label"]: each["values"] for chart in said["charts"] for each in chart["series"]}


def test_a_book_is_a_point_by_what_went_at_which_step_at_which_edge_and_how_fast(venue, operator, travel) -> None:
    book = a_book(venue)
    assert values(said_to(operator))["seconds"] == values(said_to(operator))["highest edge"] == [None]
    travel(seconds=3)
    market.sweep()
    said = said_to(operator)
    assert (said["names"], said["stories"]) == (["book-1"], [f"/board/books/{book.id}/"])
    assert said["at"] == [book.received_at.timestamp()]
    drawn = {label: told for label, told in values(said).items() if told != [None]}
    assert drawn == {"ASSIGN": [40_000], "highest edge": [40], "seconds": [3]}


def test_what_failed_is_not_drawn(venue: Venue, operator: Client) -> None:
    a_book(venue)
    market.sweep()
    Settlement.objects.update(state="REJECTED", reason="no", settled_at=None, sequence=None, fault="VENUE")
    assert values(said_to(operator))["ASSIGN"] == [None]


def test_an_hour_ago_is_drawn_and_a_moment_before_is_not(venue: Venue, operator: Client, travel) -> None:
    book = a_book(venue)
    created_at = Book.objects.get(id=book.id).created_at
    travel.to(created_at + HOUR)
    assert said_to(operator)["names"] == ["book-1"]
    travel.to(created_at + HOUR + timedelta(microseconds=1))
    assert said_to(operator)["names"] == []


def test_each_sees_the_books_of_its_own_venue(venue: Venue, operator: Client) -> None:
    a_book(venue)
    assert said_to(someone_of(venue))["names"] == ["book-1"]
    assert said_to(someone_of(build.a_venue("elsewhere")))["names"] == []
    assert "/board/hour/data/" in operator.get("/board/hour/").content.decode()


def test_it_asks_three_times_however_many_books_there_are(venue, operator, django_assert_max_num_queries) -> None:
    for n in range(5):
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference=f"book-{n}")
    with django_assert_max_num_queries(16):
        assert len(said_to(operator)["names"]) == 5
