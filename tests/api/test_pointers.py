"""Whatever is wrong in a body, every problem names it by a JSON pointer into what was sent, or to what is missing."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest

from tests.builders import a_playbook, a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-0000-0000-000000000000"
BID = {"client_bid_id": "b", "units": 5, "edge_bps": "1", "max_units": 5, "max_pay_bps": "0", "min_units": 1}
POSITION = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "10", "accrued": "0"}
BOOK = {"reference": "r", "cash": "0", "account": "a", "owner_group": "", "positions": [POSITION]}
BODIES: dict[str, tuple[str, Any]] = {
    "post /v1/marks": ("venue", {"marks": [{"instrument": "BTC-PERP", "price": "1", "source": "s"}]}),
    "post /v1/books": ("venue", {"books": [BOOK]}),
    f"put /v1/books/{NOBODY}": ("venue", {**BOOK, "expected_version": 1}),
    f"post /v1/books/{NOBODY}/withdraw": ("venue", {"reason": "r"}),
    "put /v1/breakers": ("venue", {"level": 0, "reason": "r", "product_group": "PERPS"}),
    "post /v1/collateral": ("venue", {"provider_id": NOBODY, "asset": "USD", "amount": "1", "reference": "r"}),
    f"put /v1/providers/{NOBODY}/holdings": (
        "venue",
        {"included_sequence": 0, "holdings": [{"instrument": "BTC-PERP", "quantity": "1"}]},
    ),
    f"post /v1/settlements/{NOBODY}/reject": ("venue", {"reason": "r", "fault": "PROVIDER"}),
    f"post /v1/auctions/{NOBODY}/restart": ("venue", {"reason": "r"}),
    f"post /v1/auctions/{NOBODY}/bids": ("provider", {"bids": [BID]}),
    "post /v1/bids": ("provider", {"bids": [{**BID, "auction_id": NOBODY}]}),
    f"post /v1/auctions/{NOBODY}/takes": ("provider", {"client_bid_id": "t", "units": 1, "edge_floor_bps": "0"}),
    "post /v1/commitments": ("provider", {"min_edge_bps": "20", "window_capacity": "5", "window_seconds": 60}),
}
ODD = [None, True, -1, 2**70, "", "x" * 600, "9" * 70, "1e5", "NaN", "\0", "\ud83d", [], [None], {}, {"a/b~": 1}]


@pytest.fixture
def clients() -> dict[str, Any]:
    venue = a_venue("v")
    an_instrument(venue, "BTC-PERP", price="10")
    a_playbook(venue)
    return {"venue": api_client(a_venue_key(venue)), "provider": api_client(a_provider_key(a_provider(venue)))}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it, itself included."""
    yield path
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, name))


def with_odd(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    changed = value.copy()
    changed[path[0]] = with_odd(value[path[0]], path[1:], odd)
    return changed


def points_into(body: Any, pointer: str) -> bool:
    """Whether it leads to something in the body, or to a member that an object of it does not have."""
    if pointer == "":
        return True
    before, _, last = pointer.rpartition("/")
    if not pointer.startswith("/") or not points_into(body, before):
        return False
    try:
        holder = at(body, before)
    except KeyError:
        return False
    return isinstance(holder, dict) or (isinstance(holder, list) and last.isdecimal() and int(last) < len(holder))


def at(body: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        body = body[int(token)] if isinstance(body, list) else body[token.replace("~1", "/").replace("~0", "~")]
    return body


@pytest.mark.parametrize("address", BODIES)
def test_every_fault_points_to_its_place(clients, address) -> None:
    whose, body = BODIES[address]
    method, path = address.split()
    for place in places(body):
        for odd in ODD:
            sent = with_odd(body, place, odd)
            answer = clients[whose].generic(method.upper(), path, json.dumps(sent), content_type="application/json")
            assert answer.status_code < 500, (place, odd)
            if answer.status_code >= 400:
                assert all(points_into(sent, one["pointer"]) for one in answer.json()["errors"]), (place, odd)


LISTS = ("books", "auctions", "bids", "awards", "settlements", "commitments", "transfers", "marks", "breakers")
CURSORS = (
    "p=9999-12-31T23:59:59-12:00",
    "p=0001-01-01T00:00:00%2B12:00",
    "p=99999-01-01T00:00:00Z",
    "p=2020-02-31",
    "p=infinity",
    "p=%00",
    "p=%ED%A0%80",
    "o=99999999999",
    "r=x",
)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("cursor", CURSORS)
def test_a_forged_cursor_is_no_fault_of_ours(clients, name, cursor) -> None:
    forged = quote(b64encode(unquote_to_bytes(cursor)))
    for client in clients.values():
        assert client.get(f"/v1/{name}?cursor={forged}").status_code in {200, 403, 404, 422}
