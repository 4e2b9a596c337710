"""Settlements over HTTP: the venue's word on them, who sees them; and what the market tells its operators."""

import pytest

from auctions.models import Settlement
from tests import market
from tests.builders import (
    a_commitment,
    a_playbook,
    a_provider,
    a_provider_key,
    a_venue,
    a_venue_key,
    an_instrument,
    api_client,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[str]:
    stages: list[str] = []
    monkeypatch.setattr("auctions.api.settlements.wake", stages.append)
    return stages


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = a_venue(fund="100000")
    an_instrument(venue, "BTC-PERP", price="20000")
    a_playbook(venue, settlement_mode="CONFIRM", min_groups=1, cover_percent=0, mark_max_age_seconds=3600)
    return venue


@pytest.fixture
def alice(venue):
    alice = a_provider(venue, "Alice")
    a_commitment(alice, min_edge_bps="40")
    return alice


@pytest.fixture
def client(venue):
    return api_client(a_venue_key(venue))


@pytest.fixture
def settlement(venue, alice):
    return a_settlement(venue)


def a_settlement(venue, reference="book-1"):
    position = market.position("BTC-PERP", "LONG", "0.1", "21000")
    book = market.a_book(venue, position, cash="3000", reference=reference)
    market.sweep()
    return Settlement.objects.get(book=book)


def test_a_confirmed_settlement_is_carried_out(client, settlement, woken) -> None:
    path = f"/v1/settlements/{settlement.id}/confirm"
    shown = client.post(path).json()
    assert (shown["state"], shown["reference"], woken) == ("CONFIRMED", "book-1", ["settle_awards"])
    assert client.post(path, {}).json() == shown
    market.sweep()
    (settled,) = client.get("/v1/settlements?state=SETTLED").json()["data"]
    assert settled["id"] == str(settlement.id)
    assert settled["sequence"] is not None


def test_a_rejected_settlement_is_told_with_its_reason(client, settlement, alice, woken) -> None:
    path = f"/v1/settlements/{settlement.id}"
    sent = {"reason": "no account", "fault": "PROVIDER"}
    shown = client.post(f"{path}/reject", sent).json()
    assert (shown["state"], shown["reason"], shown["fault"]) == ("REJECTED", "no account", "PROVIDER")
    assert client.post(f"{path}/reject", sent).json() == shown
    assert woken == ["pass_lots_on"] * 2
    response = client.post(f"{path}/confirm")
    assert (response.status_code, response.json()["code"]) == (409, "settlement_decided")
    (own,) = api_client(a_provider_key(alice)).get("/v1/settlements").json()["data"]
    assert own["reason"] == "no account"


@pytest.mark.parametrize(
    "sent", [{}, {"reason": "x"}, {"reason": "", "fault": "VENUE"}, {"reason": "x", "fault": "NOBODY"}]
)
def test_a_rejection_says_why_and_whose_fault(client, settlement, sent) -> None:
    assert client.post(f"/v1/settlements/{settlement.id}/reject", sent).status_code == 422
    assert Settlement.objects.get().state == "AWAITING"


def test_a_late_confirmation_is_refused(client, settlement, travel) -> None:
    travel.to(settlement.confirm_by)
    response = client.post(f"/v1/settlements/{settlement.id}/confirm")
    assert (response.status_code, response.json()["code"]) == (409, "settlement_expired")


def test_another_venues_settlement_does_not_exist(settlement) -> None:
    other = api_client(a_venue_key(a_venue()))
    for action, sent in (("confirm", {}), ("reject", {"reason": "x", "fault": "VENUE"})):
        response = other.post(f"/v1/settlements/{settlement.id}/{action}", sent)
        assert (response.status_code, response.json()["code"]) == (404, "settlement_unknown")
    assert other.get("/v1/settlements").json()["data"] == []


def test_a_provider_sees_its_own_without_the_account(venue, settlement, alice) -> None:
    (own,) = api_client(a_provider_key(alice)).get("/v1/settlements").json()["data"]
    assert (own["id"], own["book_id"], own["reference"]) == (str(settlement.id), None, None)
    (award,) = api_client(a_provider_key(alice)).get("/v1/awards").json()["data"]
    assert (award["kind"], award["settlement_id"]) == ("ASSIGN", str(settlement.id))
    bob = api_client(a_provider_key(a_provider(venue, "Bob")))
    assert bob.get("/v1/settlements").json()["data"] == bob.get("/v1/awards").json()["data"] == []


def test_settlements_need_the_scope_of_who_asks(venue, alice) -> None:
    for key in (None, a_venue_key(venue, ["books"]), a_provider_key(alice, ["bids"])):
        assert api_client(key).get("/v1/settlements").json()["code"] in ("key_missing", "scope_missing")


def test_lists_need_a_bounded_number_of_queries(client, venue, alice, django_assert_max_num_queries) -> None:
    provider = api_client(a_provider_key(alice))
    for count in (1, 20):
        for number in range(count):
            a_settlement(venue, f"{count}-{number}")
        for who, address, queries in (
            (client, "settlements", 2),
            (provider, "settlements", 2),
            (provider, "awards", 4),
        ):
            with django_assert_max_num_queries(queries):
                assert len(who.get(f"/v1/{address}").json()["data"]) >= count


def test_metrics_count_rows_by_state(settlement) -> None:
    text = market.metrics()
    assert 'backstop_settlements{state="AWAITING"} 1.0' in text
    assert 'backstop_books{state="ROUTED"} 1.0' in text
    assert 'backstop_due_seconds{stage="close_auctions"} 0.0' in text
    assert f'backstop_fund_inventory_notional{{venue="{settlement.book.venue.code}"}} 0.0' in text
