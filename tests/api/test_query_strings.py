"""Query strings are as strict as bodies, at every address; what may stand in them is described."""

from typing import Any

import pytest

from accounts.models import Commitment
from tests import builders as build
from tests.layout.test_lists import lists

pytestmark = pytest.mark.django_db

SOME_ID = "00000000-0000-0000-0000-000000000007"


@pytest.fixture
def venue() -> Any:
    return build.a_venue()


@pytest.fixture
def clients(venue) -> list[Any]:
    return [build.api_client(build.a_venue_key(venue)), build.api_client(build.a_provider_key(build.a_provider(venue)))]


@pytest.fixture
def bids(clients) -> Any:
    return lambda query: clients[1].get(f"/v1/bids?{query}")


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.json()
    return {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}


def described(client: Any) -> list[tuple[str, str, set[str]]]:
    """Each operation: its method, its address, and the names of its query parameters."""
    paths = client.get("/v1/openapi.json").json()["paths"]
    return [
        (method, path, {each["name"] for each in one.get("parameters", []) if each["in"] == "query"})
        for path, operations in paths.items()
        for method, one in operations.items()
    ]


def test_every_address_refuses_a_parameter_that_it_does_not_know_by_name(clients) -> None:
    operations = described(clients[0])
    assert len(operations) > 40
    for method, path, _ in operations:
        address = "/".join(SOME_ID if part.startswith("{") else part for part in path.split("/"))
        answers = [getattr(each, method)(f"{address}?unheard_of=1") for each in clients]
        (allowed, *_) = [each for each in answers if each.status_code != 403]
        assert faults(allowed) == {"/unheard_of": "query_unknown"}, (method, path)


def test_every_parameter_that_is_described_is_known_and_has_to_say_something_once(clients) -> None:
    asked = 0
    for method, path, names in described(clients[0]):
        address = "/".join(SOME_ID if part.startswith("{") else part for part in path.split("/"))
        for name in names:
            for query, code in ((f"{name}=", "query_empty"), (f"{name}=1&{name}=1", "query_repeated")):
                answers = [getattr(each, method)(f"{address}?{query}") for each in clients]
                (allowed, *_) = [each for each in answers if each.status_code != 403]
                assert faults(allowed) == {f"/{name}": code}, (method, path)
                asked += 1
    assert asked > 50


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=-1", "/limit", "min_value"),
        ("limit=null", "/limit", "not_whole"),
        ("limit=1.0", "/limit", "not_whole"),
        ("limit=0", "/limit", "min_value"),
        ("limit=501", "/limit", "max_value"),
        ("limit=%D9%A3", "/limit", "not_whole"),
        ("cursor=x", "/cursor", "cursor_refused"),
        ("cursor=cD14", "/cursor", "cursor_refused"),
        ("cursor=cD0yMDI2LTAzLTAyIDA5OjMwOjAw", "/cursor", "cursor_refused"),  # of no zone
        ("format=json", "/format", "query_unknown"),
        ("auction_id=%20", "/auction_id", "query_empty"),
        ("client_bid_id=%00", "/client_bid_id", "text_not_storable"),
        ("auction_id=7", "/auction_id", "invalid"),
        ("state=live", "/state", "invalid_choice"),
        ("since=2026-01-31", "/since", "moment_refused"),
        ("since=2026-01-31T09:30:00", "/since", "moment_refused"),
        ("since=2026-01-31T09:30:00%2B01:00", "/since", "moment_refused"),
        ("until=yesterday", "/until", "moment_refused"),
        ("since=2026-02-01T00:00:00Z&until=2026-01-31T23:59:59Z", "/until", "period_refused"),
    ],
)
def test_a_parameter_that_is_not_what_it_has_to_be_is_refused_by_name(bids, query, pointer, code) -> None:
    assert faults(bids(query)) == {pointer: code}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=-1", "must be at least 1"),
        ("limit=501", "must be at most 500"),
        ("limit=ten", "must be a whole number"),
        ("auction_id=7", "must be an id such as 0197f2c4-5a10-7d31-9c61-2f6f3c1e0a01"),
        ("state=live", "must be one of LIVE, CANCELLED, VOID, WON, LOST"),
    ],
)
def test_what_is_refused_says_what_is_taken(bids, query, says) -> None:
    assert [fault["message"] for fault in bids(query).json()["errors"]] == [says]


@pytest.mark.parametrize(
    "query", ["limit=500", "since=2026-01-31T09:30:00%2B00:00", "since=2026-01-31T09:30:00.000001Z"]
)
def test_what_is_meant_is_taken(bids, query) -> None:
    assert bids(query).json() == {"data": [], "next_cursor": None}


@pytest.mark.parametrize("query", ["units=1.0", "units=0", "units=null", "units=%2B1"])
def test_a_quote_is_asked_for_strictly_too(clients, query) -> None:
    assert "/units" in faults(clients[1].get(f"/v1/auctions/{SOME_ID}/quote?{query}"))


def test_since_is_included_and_until_is_not(venue, clients, travel) -> None:
    alice, rows = venue.providers.get(), []
    for number in range(3):
        travel.freeze()
        rows.append(build.a_commitment(alice, instrument=build.an_instrument(venue, f"C{number}")))
        travel(seconds=1)
    listed = [each["id"] for each in clients[1].get("/v1/commitments").json()["data"]]
    assert listed == [str(row.id) for row in reversed(rows)]
    first, second, third = (Commitment.objects.get(id=row.id).created_at.isoformat() for row in rows)
    for since, until, found in ((first, third, [1, 0]), (second, second, []), (second, third, [1])):
        answer = clients[1].get("/v1/commitments", {"since": since, "until": until}).json()
        assert [each["id"] for each in answer["data"]] == [str(rows[number].id) for number in found]


def test_lists_of_what_has_no_time_have_no_since() -> None:
    assert {view.__name__ for view in lists() if not view.timed} == {"Marks", "Balances", "MarketConditions"}
