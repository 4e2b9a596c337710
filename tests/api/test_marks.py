"""Marks over HTTP: each source its own, and what they say together shown to venue and providers."""

from decimal import Decimal

import pytest

from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = build.a_venue()
    build.an_instrument(venue, "BTC-PERP")
    return venue


@pytest.fixture
def client(venue):
    return build.api_client(build.a_venue_key(venue))


def send(client, **prices):
    marks = [{"instrument": "BTC-PERP", "price": price, "source": source} for source, price in prices.items()]
    response = client.post("/v1/marks", {"marks": marks})
    assert (response.status_code, response.json()) == (200, {"taken": len(prices)})


def shown(client):
    (one,) = client.get("/v1/marks").json()["data"]
    return one


def test_each_source_is_shown_with_its_age_and_why_it_does_not_count(client, travel):
    send(client, gone="1")
    travel.to(travel(seconds=61))
    send(client, a="100", b="101", liar="150")
    travel.to(travel(seconds=2.5))
    one = shown(client)
    assert (one["instrument"], one["price"], one["min_sources"]) == ("BTC-PERP", "101", 1)
    known = {each["source"]: (each["standing"], each["age_seconds"], each["deviation_bps"]) for each in one["sources"]}
    assert known == {
        "a": ("USED", 2, "99.01"),
        "b": ("USED", 2, "0"),
        "gone": ("STALE", 63, None),
        "liar": ("OUTLIER", 2, "4851.4852"),
    }


def test_a_mark_without_a_source_is_the_venues_own(client):
    client.post("/v1/marks", {"marks": [{"instrument": "BTC-PERP", "price": "100"}]})
    assert [each["source"] for each in shown(client)["sources"]] == ["venue"]


def test_by_the_newest_playbook_too_few_sources_have_no_price(client, venue):
    build.a_playbook(venue, min_mark_sources=2, mark_band_bps="1000")
    send(client, a="100")
    one = shown(client)
    assert (one["price"], one["marked_at"], one["min_sources"]) == (None, None, 2)
    send(client, b="110")
    assert shown(client)["price"] == "105"


def test_an_instrument_without_marks_is_shown_without_a_price(client):
    assert (shown(client)["price"], shown(client)["sources"]) == (None, [])


def test_an_instrument_is_found_by_its_symbol(client, venue):
    build.an_instrument(venue, "ETH-PERP", price="3000")
    assert {one["instrument"] for one in client.get("/v1/marks").json()["data"]} == {"ETH-PERP", "BTC-PERP"}
    (one,) = client.get("/v1/marks?instrument=ETH-PERP").json()["data"]
    assert one["price"] == "3000"


def test_a_venue_and_its_providers_see_its_marks_and_nobody_else(client, venue):
    send(client, a="100")
    provider = build.a_provider(venue)
    assert shown(build.api_client(build.a_provider_key(provider))) == shown(client)
    stranger = build.api_client(build.a_venue_key(build.a_venue()))
    assert stranger.get("/v1/marks").json()["data"] == []
    for key in (build.a_venue_key(venue, VENUE_SCOPES - {"marks"}), build.a_provider_key(provider, ["bids"])):
        assert build.api_client(key).get("/v1/marks").status_code == 403
    sender = build.api_client(build.a_provider_key(provider, PROVIDER_SCOPES))
    assert sender.post("/v1/marks", {"marks": []}).json()["code"] == "scope_missing"


def test_a_longer_list_needs_no_more_queries(client, venue, django_assert_num_queries):
    for number in range(5):
        build.an_instrument(venue, f"COIN-{number}", price="1")
    with django_assert_num_queries(5):  # key, instruments, clock, playbook, marks
        assert len(client.get("/v1/marks").json()["data"]) == 6


def test_a_book_is_marked_by_the_median_and_not_taken_in_where_sources_disagree(client, venue):
    build.a_playbook(venue, min_mark_sources=2)
    send(client, a="20000", b="20010", liar="40000")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="1000")
    assert book.positions.get().mark_price == Decimal(20010)
    send(client, a="20000", b="30000")
    sent = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "20000"}
    response = client.post("/v1/books", {"reference": "r2", "cash": "1000", "positions": [sent]})
    assert response.status_code == 422
    assert {each["code"] for each in response.json()["errors"]} == {"mark_stale"}
