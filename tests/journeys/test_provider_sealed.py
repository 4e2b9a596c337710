"""A bid that its provider sealed, over HTTP: from the key that is shown to the key that is released, and to the proof.

The bids are sealed by the few lines that docs/sealed_bids.md gives to providers, with what the API tells them alone.
"""

import base64
import copy
import re
from pathlib import Path
from typing import Any

import pytest

from auctions.models import Auction, Bid
from auctions.rules.provider_sealing import SEALED_OFFER_BYTES, public_key_of
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "sealed_bids.md"


@pytest.fixture
def auction(venue):
    """A sealed auction of 100 units, whose bids are sealed by their providers."""
    build.a_playbook(venue, sealed_by="PROVIDER", cover_percent=0, max_reopenings=0, mark_max_age_seconds=3600)
    return an_auction(venue)


def an_auction(venue, reference="book-1"):
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=reference)
    market.sweep()
    return Auction.objects.get(step__lot__book=book)


@pytest.fixture
def alice(venue):
    return build.api_client(build.a_provider_key(build.a_provider(venue, "Alice")))


@pytest.fixture
def bob(venue):
    return build.api_client(build.a_provider_key(build.a_provider(venue, "Bob")))


def sealed(client, auction, name: str, units: int, edge: str, **maxima: Any) -> dict[str, Any]:
    """What the provider sends, made of what it is shown."""
    told: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0], told)
    public_key = client.get(f"/v1/auctions/{auction.id}").json()["offer_public_key"]
    provider_id = client.get("/v1/me").json()["provider_id"]
    offer = told["seal_offer"](str(auction.id), public_key, provider_id, name, units, edge)
    return {"client_bid_id": name, "sealed_offer": offer, "max_units": 60, "max_pay_bps": "0", **maxima}


def bid(client, auction, body: dict[str, Any]) -> Any:
    answer = client.post(f"/v1/auctions/{auction.id}/bids", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def faults(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.json()
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


def test_from_the_bid_to_the_proof(auction, alice, bob, travel, verify) -> None:
    """60 units at 10 and 40 of 60 at 20.5; a third bid offers more than it declared, and is void."""
    first = bid(alice, auction, sealed(alice, auction, "a1", 60, "10"))
    second = bid(bob, auction, sealed(bob, auction, "b1", 60, "20.5"))
    beyond = bid(bob, auction, sealed(bob, auction, "b2", 61, "1"))
    assert (first["units"], first["edge_bps"], first["max_units"]) == (None, None, 60)

    transcript = market.transcript_after_close(alice, auction, travel)

    code, said = verify(transcript, first, second, beyond["receipt"])
    assert (code, said.partition(",")[0]) == (0, "holds: 100 of 100 units awarded by 3 bids")
    assert [(one["units"], one["edge_bps"]) for one in transcript["outcome"]["awards"]] == [(60, "20.5"), (40, "20.5")]
    assert [(one["state"], one["offer"] is None) for one in transcript["bids"]] == [
        ("WON", False),
        ("WON", False),
        ("VOID", True),
    ]
    released = bytes.fromhex(transcript["terms"]["offer_private_key"])
    shown = alice.get(f"/v1/auctions/{auction.id}").json()
    assert (shown["sealed_by"], shown["offer_public_key"]) == ("PROVIDER", public_key_of(released).hex())

    sequence = transcript["bids"][0]["sequence"]
    cheaper = copy.deepcopy(transcript)
    cheaper["bids"][0]["offer"]["edge_bps"] = "9"
    assert verify(cheaper, first) == (1, f"bid {sequence} is not what its provider sealed")
    exchanged = copy.deepcopy(transcript)
    exchanged["bids"][0]["sealed_offer"] = transcript["bids"][1]["sealed_offer"]
    assert verify(exchanged, first) == (1, f"bid {sequence} is not what its digest stands for")


def test_the_key_is_released_at_the_close_and_not_before(auction, alice, travel) -> None:
    bid(alice, auction, sealed(alice, auction, "a1", 60, "10"))
    shown = alice.get(f"/v1/auctions/{auction.id}")
    assert len(shown.json()["offer_public_key"]) == 64
    assert "private" not in shown.content.decode()
    assert alice.get(f"/v1/auctions/{auction.id}/transcript").status_code == 409


def test_the_same_bytes_get_the_first_answer_and_others_are_refused(auction, alice) -> None:
    body = sealed(alice, auction, "a1", 60, "10")
    assert bid(alice, auction, body) == bid(alice, auction, body)
    again = alice.post(f"/v1/auctions/{auction.id}/bids", sealed(alice, auction, "a1", 60, "10"))
    assert (again.status_code, again.json()["code"]) == (409, "bid_reused")


def test_a_bid_in_plain_where_providers_seal_theirs_is_refused(auction, alice) -> None:
    plain = {"client_bid_id": "a1", "units": 10, "edge_bps": "10"}
    answer = alice.post(f"/v1/auctions/{auction.id}/bids", plain)
    assert (answer.json()["code"], faults(answer)) == (
        "sealed_offer_missing",
        [("/sealed_offer", "sealed_offer_missing")],
    )
    assert not Bid.objects.exists()


def test_a_sealed_offer_where_the_venue_seals_bids_is_refused(venue, auction, alice) -> None:
    build.a_playbook(venue, mark_max_age_seconds=3600)
    other = an_auction(venue, "book-2")
    shown = alice.get(f"/v1/auctions/{other.id}").json()
    assert (shown["sealed_by"], shown["offer_public_key"]) == ("VENUE", None)
    answer = alice.post(f"/v1/auctions/{other.id}/bids", sealed(alice, auction, "a1", 10, "10"))
    assert faults(answer) == [("/sealed_offer", "sealed_offer_not_taken")]
    items = [
        {"auction_id": str(auction.id), **sealed(alice, auction, "a1", 10, "10")},
        {"auction_id": str(other.id), **sealed(alice, auction, "a2", 10, "10")},
        {"auction_id": str(other.id), "client_bid_id": "a3", "units": 10, "edge_bps": "10"},
    ]
    data = alice.post("/v1/bids", {"bids": items}).json()["data"]
    assert [one.get("error", {}).get("code") for one in data] == [None, "sealed_offer_not_taken", None]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"units": 10}, ("/units", "field_unknown")),
        ({"edge_bps": "10"}, ("/edge_bps", "field_unknown")),
        ({"all_or_none": True}, ("/all_or_none", "field_unknown")),
        ({"min_units": 2}, ("/min_units", "field_unknown")),
        ({"improves": "a0"}, ("/improves", "field_unknown")),
        ({"max_units": None}, ("/max_units", "null")),
        ({"max_units": 101}, ("/max_units", "units_too_many")),
        ({"max_pay_bps": "-1"}, ("/max_pay_bps", "negative")),
        ({"sealed_offer": 7}, ("/sealed_offer", "not_base64")),
        ({"sealed_offer": "not base64"}, ("/sealed_offer", "not_base64")),
        ({"sealed_offer": "é"}, ("/sealed_offer", "not_base64")),
        ({"sealed_offer": ""}, ("/sealed_offer", "sealed_offer_length")),
        *(
            ({"sealed_offer": base64.b64encode(bytes(size)).decode()}, ("/sealed_offer", "sealed_offer_length"))
            for size in (SEALED_OFFER_BYTES - 1, SEALED_OFFER_BYTES + 1)
        ),
    ],
)
def test_what_is_said_beside_it_or_is_not_of_its_length_is_refused(auction, alice, change, expected) -> None:
    body = {**sealed(alice, auction, "a1", 60, "10"), **change}
    path = f"/v1/auctions/{auction.id}/bids"
    assert faults(alice.post(path, body)) == [expected]
    assert not Bid.objects.exists()


@pytest.mark.parametrize("name", ["max_units", "max_pay_bps"])
def test_both_maxima_have_to_be_declared(auction, alice, name) -> None:
    body = sealed(alice, auction, "a1", 60, "10")
    del body[name]
    assert faults(alice.post(f"/v1/auctions/{auction.id}/bids", body)) == [(f"/{name}", "required")]
    for several, pointer in (([body], f"/0/{name}"), ({"bids": [body]}, f"/bids/0/{name}")):
        (alone,) = alice.post(f"/v1/auctions/{auction.id}/bids", several).json()["data"]
        assert [(fault["pointer"], fault["code"]) for fault in alone["error"]["errors"]] == [(pointer, "required")]
