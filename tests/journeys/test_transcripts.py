"""A sealed auction from the bid to the proof: a receipt at once, a transcript after the close, and what verifies it."""

import copy
import json
from typing import Any

import pytest

from accounts.models import Provider
from auctions.models import Auction, Award, Bid
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db


@pytest.fixture
def auction(venue):
    """A sealed auction of 100 units."""
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    return Auction.objects.get()


@pytest.fixture
def alice(venue):
    return build.api_client(build.a_provider_key(build.a_provider(venue, "Alice")))


@pytest.fixture
def bob(venue):
    return build.api_client(build.a_provider_key(build.a_provider(venue, "Bob")))


def bid(client, auction, name: str, units: int, edge: str, **more: Any) -> Any:
    answer = client.post(
        f"/v1/auctions/{auction.id}/bids", {"client_bid_id": name, "units": units, "edge_bps": edge, **more}
    )
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_from_the_bid_to_the_proof(auction, alice, bob, travel, verify) -> None:
    first = bid(alice, auction, "a1", 60, "10")
    second = bid(bob, auction, "b1", 60, "20.5")
    cancelled = bid(bob, auction, "b2", 10, "7")
    assert bob.delete(f"/v1/bids/{cancelled['id']}").status_code == 200

    transcript = market.transcript_after_close(alice, auction, travel)

    key = alice.get("/v1/signing_key").json()["public_key"]
    code, said = verify(transcript, first, second, cancelled["receipt"], key=[key])
    assert (code, said) == (0, f"holds: 100 of 100 units awarded by 3 bids, receipts kept: 3, signed by {key}\n")
    assert [(one["units"], one["edge_bps"]) for one in transcript["outcome"]["awards"]] == [(60, "20.5"), (40, "20.5")]
    assert [award.units for award in Award.objects.order_by("first_unit")] == [60, 40]
    assert [(one["state"], one["not_counted"]) for one in transcript["bids"]] == [
        ("WON", None),
        ("WON", None),
        ("CANCELLED", "CANCELLED"),
    ]

    cheaper = copy.deepcopy(transcript)
    cheaper["bids"][0]["offer"]["edge_bps"] = "9"
    sequence = cheaper["bids"][0]["sequence"]
    assert verify(cheaper, first) == (1, f"bid {sequence} is not what its digest stands for")
    dropped = copy.deepcopy(transcript)
    del dropped["bids"][0]
    assert verify(dropped, first) == (1, "bid 2 stands in place 1")


def test_nobody_can_be_recognised_in_a_transcript(auction, alice, bob, travel) -> None:
    bid(alice, auction, "a1", 60, "10")
    bid(bob, auction, "b1", 60, "20.5")
    text = json.dumps(market.transcript_after_close(alice, auction, travel))
    for provider in Provider.objects.select_related("group"):
        assert all(str(name) not in text for name in (provider.id, provider.name, provider.group_id))
    assert not any(str(one.id) in text or f'"{one.client_bid_id}"' in text for one in Bid.objects.all())


def test_a_batch_has_one_receipt_for_what_was_placed_in_the_order_of_the_call(auction, alice, travel, verify) -> None:
    items = [
        {"client_bid_id": "a1", "units": 10, "edge_bps": "10"},
        {"client_bid_id": "a2", "units": 1000, "edge_bps": "10"},
        {"client_bid_id": "a3", "units": 20, "edge_bps": "20"},
    ]
    path = f"/v1/auctions/{auction.id}/bids"
    answer = alice.post(path, {"bids": items}).json()
    assert answer["data"][1]["error"]["code"] == "units_too_many"
    placed = [answer["data"][place]["bid"] for place in (0, 2)]
    assert [one["digest"] for one in answer["receipt"]["bids"]] == [one["digest"] for one in placed]
    assert (answer["receipt"]["size"], [one["index"] for one in answer["receipt"]["bids"]]) == (2, [0, 1])
    assert alice.post(path, {"bids": items}).json()["receipt"] == answer["receipt"]
    assert (
        alice.post("/v1/bids", {"bids": [{"auction_id": str(auction.id), **one} for one in items]}).json()["receipt"]
        == (answer["receipt"])
    )
    assert verify(market.transcript_after_close(alice, auction, travel), answer)[0] == 0


def test_where_nothing_was_placed_there_is_no_receipt(auction, alice) -> None:
    items = [{"client_bid_id": "a1", "units": 1000, "edge_bps": "10"}]
    assert alice.post(f"/v1/auctions/{auction.id}/bids", {"bids": items}).json()["receipt"] is None


def test_the_same_bid_again_gets_the_same_receipt_after_the_close_too(auction, alice, travel) -> None:
    first = bid(alice, auction, "a1", 60, "10")
    assert bid(alice, auction, "a1", 60, "10")["receipt"] == first["receipt"]
    market.transcript_after_close(alice, auction, travel)
    assert bid(alice, auction, "a1", 60, "10")["receipt"] == first["receipt"]
