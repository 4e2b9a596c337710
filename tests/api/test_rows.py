"""Every row that a list shows is found by its id, by whoever may list it; for everybody else it does not exist."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Holding, Provider
from auctions.models import Auction, Take
from backstop import clock
from backstop.models import InstrumentTerms, Venue, VenueTerms
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db

SOME_ID = UUID(int=7)
OF_PROVIDERS = ("takes", "awards", "bids", "settlements", "transfers", "commitments", "providers")
OF_VENUES = (
    "settlements",
    "transfers",
    "breakers",
    "groups",
    "inventory",
    "providers",
    "books",
    "approval_limits",
    "caps",
    "playbooks",
    "venue/terms",
)
OF_BOTH = ("instruments",)


@pytest.fixture
def venue(travel) -> Venue:
    """Alice has something by a commitment, a bid and a take; the fund has the rest; the venue has stopped and limited
    what it can."""
    venue = market.a_market(travel, fund="1000000")
    market.a_playbook(venue, min_groups=1, cover_percent=0, max_reopenings=0)
    alice = build.a_provider(venue)
    build.a_commitment(alice, cap_per_assignment="8000")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    market.issued_key(alice)
    auction = Auction.objects.get()
    market.place(alice, market.order(auction, "b1", units=30))
    market.close(auction, travel)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    market.take(alice, auction, "t1", units=5)
    market.close(auction, travel)
    market.sweep()
    client = build.api_client(build.a_venue_key(venue))
    assert client.put("/v1/breakers", {"level": 1, "reason": "a test"}).status_code == 200
    assert client.put("/v1/caps", CAP).status_code == 200
    VenueTerms.objects.create(venue=venue, effective_at=clock.now(), notice_seconds=60)
    assert client.put("/v1/approval_limits", LIMIT).status_code == 200
    return venue


CAP = {"product_group": None, "asset": "USD", "limit": "1000000", "reason": "a test"}
LIMIT = {"asset": "USD", "amount": "10000000", "reason": "a test"}


@pytest.fixture
def alice(venue) -> Provider:
    return Provider.objects.get(name="Alice")


def client_of(owner: Venue | Provider) -> Any:
    return build.api_client(build.a_venue_key(owner) if isinstance(owner, Venue) else build.a_provider_key(owner))


def listed(client: Any, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"/v1/{path}").json()["data"]
    assert rows, path
    return rows


def test_a_row_by_its_id_is_what_the_list_shows_of_it(venue, alice) -> None:
    for owner, paths in ((alice, OF_PROVIDERS + OF_BOTH), (venue, OF_VENUES + OF_BOTH)):
        client = client_of(owner)
        for path in paths:
            for row in listed(client, path):
                answer = client.get(f"/v1/{path}/{row['id']}")
                assert answer.status_code == 200, (path, answer.json())
                assert {name: answer.json()[name] for name in row} == row, path


def test_what_is_anothers_is_not_there_as_if_it_had_never_been(venue, alice) -> None:
    bob = build.a_provider(venue, "Bob")
    elsewhere = build.a_venue()
    for owner, other, paths in ((alice, bob, OF_PROVIDERS), (venue, elsewhere, OF_VENUES + OF_BOTH)):
        client, stranger = client_of(owner), client_of(other)
        for path in paths:
            for row in listed(client, path):
                answers = [stranger.get(f"/v1/{path}/{row_id}") for row_id in (row["id"], SOME_ID)]
                assert [answer.status_code for answer in answers] == [404, 404], path
                foreign, missing = ({**answer.json(), "request_id": ""} for answer in answers)
                assert str(foreign).replace(row["id"], str(SOME_ID)) == str(missing), path
                assert row["id"] not in {each["id"] for each in stranger.get(f"/v1/{path}").json()["data"]}, path


def test_a_provider_sees_itself_among_the_providers_and_nobody_else(venue, alice) -> None:
    build.a_provider(venue, "Bob")
    (itself,) = listed(client_of(alice), "providers")
    assert (itself["id"], itself["name"], itself["state"], itself["faults"]) == (str(alice.id), "Alice", "ACTIVE", 0)
    assert {row["name"] for row in listed(client_of(venue), "providers")} == {"Alice", "Bob"}


def test_takes_are_found_by_auction_and_by_name(venue, alice) -> None:
    take, client = Take.objects.get(), client_of(alice)
    (shown,) = listed(client, "takes")
    assert (shown["id"], shown["auction_id"], shown["units"]) == (str(take.id), str(take.auction_id), 5)
    assert listed(client, f"takes?auction_id={take.auction_id}&client_bid_id=t1") == [shown]
    for other in (f"auction_id={SOME_ID}", "client_bid_id=t2"):
        assert client.get(f"/v1/takes?{other}").json()["data"] == []


def test_the_inventory_is_what_the_fund_holds_and_no_provider(venue, alice) -> None:
    (shown,) = listed(client_of(venue), "inventory?instrument=BTC-PERP")
    holding = Holding.objects.get(provider=None)
    assert (shown["id"], shown["instrument"]) == (str(holding.id), "BTC-PERP")
    assert shown["quantity"] == f"{holding.quantity.normalize():f}"
    (row,) = shown["take_overs"]
    assert (row["quantity_left"], shown["mark"], shown["result"]) == (shown["quantity"], "20000", "0")
    assert shown["age_seconds"] == 0
    assert Holding.objects.filter(provider=alice).exists()
    assert client_of(alice).get("/v1/inventory").status_code == 403


def test_instruments_say_what_a_bid_on_them_needs(venue, alice) -> None:
    (shown,) = listed(client_of(alice), "instruments?symbol=BTC-PERP&kind=LINEAR&product_group=PERPS")
    del shown["id"], shown["created_at"]
    assert shown == {
        "symbol": "BTC-PERP",
        "kind": "LINEAR",
        "product_group": "PERPS",
        "settlement_asset": "USD",
        "quantity_step": "0.001",
        "margin_rate": "0.1",
        "is_listed": True,
    }
    assert client_of(venue).get("/v1/instruments?kind=SPOT").json()["data"] == []


def test_an_instrument_shows_the_terms_that_are_in_force(venue, alice, travel) -> None:
    client, (before,) = client_of(venue), listed(client_of(alice), "instruments")
    terms = {"quantity_step": "0.001", "margin_rate": "0.5", "is_listed": False, "effective_at": clock.now()}
    InstrumentTerms.objects.create(instrument_id=before["id"], **terms)
    (after,) = listed(client_of(alice), "instruments")
    assert after == {**before, "margin_rate": "0.5", "is_listed": False}
    assert client_of(alice).get(f"/v1/instruments/{after['id']}").json() == after
    (set_then,) = listed(client, f"instruments/{after['id']}/terms")
    assert client.get(f"/v1/instruments/{after['id']}/terms/{set_then['id']}").json() == set_then
    assert client.get(f"/v1/instruments/{SOME_ID}/terms/{set_then['id']}").status_code == 404
