"""Transcripts over HTTP: who may read them, and what is said before there is one."""

import pytest

from auctions.models import Auction, Book
from auctions.offline.verify import verify
from tests import market
from tests.builders import a_playbook, a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    travel.freeze()
    return a_marketplace()


def a_marketplace():
    venue = a_venue(fund="100000")
    an_instrument(venue, "BTC-PERP", price="20000")
    a_playbook(venue, mark_max_age_seconds=3600, max_reopenings=0)
    return venue


@pytest.fixture
def path(venue):
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    return f"/v1/auctions/{Auction.objects.get().id}/transcript"


@pytest.fixture
def client(venue):
    return api_client(a_provider_key(a_provider(venue)))


def ask(client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.json().get("code", "")


def decide(travel) -> None:
    travel(seconds=30)
    market.sweep()


def test_before_the_close_there_is_none(path, client) -> None:
    assert ask(client, path) == (409, "auction_not_decided")


def test_after_the_close_providers_and_the_venue_read_the_same(venue, path, client, travel) -> None:
    decide(travel)
    transcript = client.get(path).json()
    assert transcript["auction_id"] in path
    assert transcript == api_client(a_venue_key(venue)).get(path).json()


def end(travel) -> Book:
    """Nobody comes: the book goes all the way."""
    book = Book.objects.get()
    while book.state != "CLOSED":
        travel(seconds=1200)
        market.sweep()
        book.refresh_from_db()
    return book


def test_a_dutch_auction_has_its_link_for_the_venue_and_once_the_book_is_over_for_all(
    venue, path, client, travel
) -> None:
    decide(travel)
    auction = Auction.objects.get(kind="DUTCH")
    path = f"/v1/auctions/{auction.id}/transcript"
    assert ask(client, path) == (409, "auction_not_decided")
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    link = api_client(a_venue_key(venue)).get(path).json()
    assert (link["kind"], link["auction_id"]) == ("DUTCH", str(auction.id))
    assert ask(client, path) == (409, "book_not_over")
    end(travel)
    assert client.get(path).json() == link


def test_the_chain_of_a_book_is_read_once_it_is_over_and_by_its_venue_before(venue, path, client, travel) -> None:
    path = f"/v1/books/{Book.objects.get().id}/transcripts"
    desk = api_client(a_venue_key(venue))
    assert [link["kind"] for link in desk.get(path).json()["links"]] == ["INTAKE", "ASSIGN"]
    assert ask(client, path) == (409, "book_not_over")
    end(travel)
    chain = client.get(path).json()
    assert chain == desk.get(path).json()
    assert [link["kind"] for link in chain["links"][:4]] == ["INTAKE", "ASSIGN", "SEALED", "DUTCH"]
    assert chain["links"][-1]["kind"] == "CLOSE"
    assert ask(api_client(a_venue_key(a_marketplace())), path) == (404, "book_unknown")


def test_what_a_drill_was_decided_by_is_its_venues(venue, client, travel, tmp_path) -> None:
    book = market.a_drill(venue, cash="3000").book
    market.sweep()
    sealed = f"/v1/auctions/{Auction.objects.get().id}/transcript"
    end(travel)
    desk = api_client(a_venue_key(venue))
    dutch = f"/v1/auctions/{Auction.objects.get(kind='DUTCH').id}/transcript"
    for path, unknown in (
        (sealed, "auction_unknown"),
        (dutch, "auction_unknown"),
        (f"/v1/books/{book.id}/transcripts", "book_unknown"),
    ):
        assert ask(client, path) == (404, unknown)
        answer = desk.get(path)
        assert (answer.status_code, answer.json()["drill"]) == (200, True)
        (tmp_path / "published.json").write_bytes(answer.content)
        assert verify(str(tmp_path / "published.json"), [], []).startswith("holds")


def test_another_venue_cannot_learn_that_the_auction_exists(path, client, travel) -> None:
    decide(travel)
    other = a_marketplace()
    for key in (a_venue_key(other), a_provider_key(a_provider(other))):
        assert ask(api_client(key), path) == (404, "auction_unknown")
    assert ask(client, path.replace("-", "0", 1)) == (404, "not_found")


def test_a_key_needs_its_scope(venue, path, client) -> None:
    assert ask(api_client(None), path) == (401, "key_missing")
    assert ask(api_client(a_venue_key(venue, ["marks"])), path) == (403, "scope_missing")
    assert ask(api_client(a_provider_key(a_provider(venue, "Bob"), ["bids"])), path) == (403, "scope_missing")
