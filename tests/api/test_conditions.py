"""Any write may be asked for in time or not at all, or only as if: then nothing is left of it."""

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.apps import apps

from auctions.models import Bid
from backstop import clock
from backstop.models import Bucket, StoredAnswer
from tests import market
from tests.builders import a_commitment, a_provider_key, a_venue_key, api_client

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def client(alice):
    return api_client(a_provider_key(alice))


def rows() -> dict[str, int]:
    """How many rows there are of everything but what meters keys."""
    models = (model for model in apps.get_models() if model is not Bucket)
    return {model.__name__: model.objects.count() for model in models}


def before(moment) -> str:
    return f"process_before={quote(moment.isoformat())}"


def a_bid(auction) -> dict:
    return {"client_bid_id": "b1", "units": 20, "edge_bps": "30", "auction_id": str(auction.id)}


def test_what_is_not_carried_out_in_time_writes_nothing_and_at_that_time_exactly_it_is_too_late(venue, client) -> None:
    sent, known = {"bids": [a_bid(market.an_auction(venue))]}, rows()
    late = client.post(f"/v1/bids?{before(clock.now())}", sent)
    assert (late.status_code, late.json()["code"]) == (409, "process_before_over")
    assert [fault["pointer"] for fault in late.json()["errors"]] == ["/process_before"]
    assert rows() == known
    assert client.post(f"/v1/bids?{before(clock.now() + INSTANT)}", sent).status_code == 200
    assert Bid.objects.count() == 1


def test_what_waited_too_long_for_others_is_taken_back(venue, client, monkeypatch) -> None:
    auction = market.an_auction(venue)
    known, ends_at = rows(), clock.now() + timedelta(seconds=5)
    instants = iter([ends_at - INSTANT, ends_at])
    monkeypatch.setattr("backstop.api.conditions.clock", SimpleNamespace(now=lambda: next(instants)))
    late = client.post(f"/v1/bids?{before(ends_at)}", {"bids": [a_bid(auction)]})
    assert (late.status_code, late.json()["code"]) == (409, "process_before_over")
    assert rows() == known


def test_an_answer_of_before_is_given_again_however_late_it_is(client) -> None:
    sent, key = {"min_edge_bps": "50"}, {"HTTP_IDEMPOTENCY_KEY": "one"}
    first = client.post(f"/v1/commitments?{before(clock.now() + INSTANT)}", sent, **key)
    again = client.post(f"/v1/commitments?{before(clock.now())}", sent, **key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("process_before=tomorrow", "/process_before", "moment_refused"),
        ("process_before=2026-01-31T09:30:00", "/process_before", "moment_refused"),
        ("dry_run=yes", "/dry_run", "not_flag"),
        ("dry_run=True", "/dry_run", "not_flag"),
        ("dry_run=", "/dry_run", "query_empty"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_happens(client, query, pointer, code) -> None:
    answer = client.post(f"/v1/commitments?{query}", {"min_edge_bps": "50"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert answer.json()["errors"][0]["code"] == code


def test_what_reads_has_no_conditions(client) -> None:
    assert client.get("/v1/bids?dry_run=true").status_code == 422


def test_a_dry_run_of_a_bid_answers_what_would_happen_and_leaves_nothing(venue, alice, client) -> None:
    auction = market.an_auction(venue)
    sent, known = a_bid(auction), rows()
    del sent["auction_id"]
    path = f"/v1/auctions/{auction.id}/bids"
    foreseen = client.post(f"{path}?dry_run=true", sent, HTTP_IDEMPOTENCY_KEY="one")
    assert (foreseen.status_code, foreseen["Dry-Run"], foreseen.json()["state"]) == (201, "true", "LIVE")
    assert foreseen.json()["receipt"] is None, "a receipt promises what was never placed"
    assert rows() == known
    placed = client.post(f"{path}?dry_run=false", sent, HTTP_IDEMPOTENCY_KEY="one")
    assert "Dry-Run" not in placed
    assert placed.json()["receipt"] is not None
    own = {"id", "created_at", "digest", "receipt"}
    assert {name: value for name, value in foreseen.json().items() if name not in own} == {
        name: value for name, value in placed.json().items() if name not in own
    }
    refused = client.post(f"{path}?dry_run=true", {**sent, "client_bid_id": "b2", "units": 101})
    assert (refused.status_code, refused.json()["code"]) == (422, "units_too_many")


def test_a_dry_run_of_several_gives_no_receipt_either(venue, client) -> None:
    sent = {"bids": [a_bid(market.an_auction(venue))]}
    foreseen = client.post("/v1/bids?dry_run=true", sent).json()
    assert (foreseen["data"][0]["bid"]["state"], foreseen["receipt"]) == ("LIVE", None)


def test_a_dry_run_takes_nothing_back_and_changes_nothing(venue, alice, client) -> None:
    (placed,) = market.place(alice, market.order(market.an_auction(venue)))
    offered = a_commitment(alice)
    known = rows()
    assert client.delete(f"/v1/bids/{placed.bid_id}?dry_run=true").json()["state"] == "CANCELLED"
    assert len(client.post("/v1/cancel-all?dry_run=true").json()["cancelled"]) == 1
    changed = client.patch(f"/v1/commitments/{offered.id}?dry_run=true", {"min_edge_bps": "20"})
    assert (changed.status_code, changed.json()["terms"]["min_edge_bps"]) == (200, "20")
    assert client.get(f"/v1/commitments/{offered.id}").json()["terms"]["min_edge_bps"] == "50"
    assert Bid.objects.get().state == "LIVE"
    assert rows() == known


def test_a_dry_run_of_the_venues_uses_no_reference_and_keeps_no_answer(venue, alice) -> None:
    venues = api_client(a_venue_key(venue))
    sent = {"provider_id": str(alice.id), "asset": "USD", "amount": "5", "reference": "r1"}
    known = rows()
    foreseen = venues.post("/v1/collateral?dry_run=true", sent, HTTP_IDEMPOTENCY_KEY="one")
    assert foreseen.status_code == 201
    assert rows() == known
    assert not StoredAnswer.objects.exists()
    other = venues.post("/v1/collateral", {**sent, "amount": "7"}, HTTP_IDEMPOTENCY_KEY="one")
    assert other.status_code == 201, "neither the reference nor the key was used"
