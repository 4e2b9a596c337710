"""Transcripts over HTTP: who may read them, and what is said before there is one."""

import pytest

from auctions.models import Auction
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


def test_a_dutch_auction_has_none(path, client, travel) -> None:
    decide(travel)
    dutch = Auction.objects.get(kind="DUTCH")
    assert ask(client, f"/v1/auctions/{dutch.id}/transcript") == (404, "transcript_unknown")


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
