"""Collateral, balances, transfers and holdings over HTTP."""

import pytest

from accounts.models import Holding, Transfer
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from backstop.models import Event
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def alice(venue):
    return a_provider(venue, "Alice", collateral="0")


@pytest.fixture
def door(venue):
    return api_client(a_venue_key(venue))


def collateral(provider, **changes) -> dict:
    return {"provider_id": str(provider.id), "asset": "USD", "amount": "100.50", "reference": "r1", **changes}


def faults(response) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in response.json()["errors"]}


def test_collateral_comes_and_goes_and_its_owner_sees_it(door, alice) -> None:
    response = door.post("/v1/collateral", collateral(alice))
    assert response.status_code == 201
    assert (response.json()["amount"], response.json()["reference"]) == ("100.5", "r1")
    assert door.post("/v1/collateral", collateral(alice, amount="-0.5", reference="r2")).status_code == 201
    client = api_client(a_provider_key(alice))
    balances = {one["kind"]: one for one in client.get("/v1/balances").json()["data"]}
    assert balances["COLLATERAL"] == {
        "asset": "USD",
        "kind": "COLLATERAL",
        "posted": "100",
        "held": "0",
        "free": "100",
    }
    assert balances.keys() == {"COLLATERAL"}
    transfers = client.get("/v1/transfers").json()["data"]
    assert [(one["purpose"], one["debit"], one["credit"], one["amount"]) for one in transfers] == [
        ("WITHDRAWAL", "COLLATERAL", "CLEARING", "0.5"),
        ("DEPOSIT", "CLEARING", "COLLATERAL", "100.5"),
    ]
    assert len(client.get("/v1/transfers?purpose=DEPOSIT").json()["data"]) == 1


def test_a_provider_sees_nobody_elses_money(venue, door, alice) -> None:
    door.post("/v1/collateral", collateral(alice))
    bob = api_client(a_provider_key(a_provider(venue, "Bob", collateral="0")))
    assert bob.get("/v1/transfers").json()["data"] == []
    assert {one["posted"] for one in bob.get("/v1/balances").json()["data"]} == {"0"}


def test_the_same_reference_moves_money_once(door, alice) -> None:
    first, again = (door.post("/v1/collateral", collateral(alice)) for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    other = door.post("/v1/collateral", collateral(alice, amount="100.51"))
    assert (other.status_code, other.json()["code"], faults(other)) == (
        409,
        "reference_reused",
        {"/reference": "reference_reused"},
    )
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "fault"),
    [
        ({"amount": "-0.000001"}, 409, {"/amount": "collateral_insufficient"}),
        ({"amount": "0"}, 422, {"/amount": "amount_not_movable"}),
        ({"amount": "0.0000001"}, 422, {"/amount": "amount_not_movable"}),
        ({"amount": 1}, 422, {"/amount": "decimal_not_text"}),
        ({"amount": 1.5}, 422, {"/amount": "decimal_not_text"}),
        ({"amount": "1e5"}, 422, {"/amount": "decimal_refused"}),
        ({"amount": "1" + "0" * 40}, 422, {"/amount": "decimal_refused"}),
        ({"asset": "EUR"}, 422, {"/asset": "asset_unknown"}),
        ({"asset": ["USD"]}, 422, {"/asset": "not_text"}),
        ({"provider_id": "alice"}, 422, {"/provider_id": "invalid"}),
        ({"reference": ""}, 422, {"/reference": "blank"}),
        ({"reference": "x" * 129}, 422, {"/reference": "max_length"}),
        ({"memo": "hi"}, 422, {"/memo": "field_unknown"}),
    ],
)
def test_what_cannot_be_moved_is_refused_and_nothing_is_written(door, alice, changes, status, fault) -> None:
    response = door.post("/v1/collateral", collateral(alice, **changes))
    assert (response.status_code, faults(response)) == (status, fault)
    assert not Transfer.objects.exists()


def test_the_venue_fills_and_empties_its_fund_and_sees_its_own_money(venue, door, alice) -> None:
    said = {"asset": "USD", "amount": "100.5", "reference": "r1", "reason": "capital"}
    response = door.post("/v1/fund", said)
    assert (response.status_code, response.json()["amount"]) == (201, "100.5")
    assert door.post("/v1/fund", {**said, "amount": "-0.5", "reference": "r2"}).status_code == 201
    door.post("/v1/collateral", collateral(alice))
    balances = {one["kind"]: one["posted"] for one in door.get("/v1/balances").json()["data"]}
    assert balances == {
        **dict.fromkeys(("FEES", "PENALTIES", "LOSSES", "FIRST_TRANCHE", "SECOND_TRANCHE"), "0"),
        "CLEARING": "-200.5",
        "FUND": "100",
    }
    transfers = door.get("/v1/transfers").json()["data"]
    assert [one["purpose"] for one in transfers] == ["DEPOSIT", "FUNDING", "FUNDING"]
    assert Event.objects.filter(kind="money_moved").latest("id").payload.get("reason") is None
    assert Event.objects.filter(kind="money_moved").earliest("id").payload["reason"] == "capital"


def test_balances_and_transfers_need_a_scope_of_their_own(venue, alice) -> None:
    for path in ("/v1/balances", "/v1/transfers"):
        for key, enough in (
            (a_venue_key(venue, ["fund"]), True),
            (a_venue_key(venue, VENUE_SCOPES - {"fund"}), False),
            (a_provider_key(alice, ["read"]), True),
            (a_provider_key(alice, PROVIDER_SCOPES - {"read"}), False),
        ):
            assert api_client(key).get(path).status_code == (200 if enough else 403)


def test_another_venue_sees_nothing_of_it(door) -> None:
    door.post("/v1/fund", {"asset": "USD", "amount": "100.5", "reference": "r1", "reason": "capital"})
    other = api_client(a_venue_key(a_venue()))
    assert other.get("/v1/transfers").json()["data"] == []
    assert {one["posted"] for one in other.get("/v1/balances").json()["data"]} == {"0"}


@pytest.mark.parametrize(
    ("path", "changes", "status", "fault"),
    [
        ("/v1/fund", {"amount": "-1"}, 409, {"/amount": "fund_insufficient"}),
        ("/v1/fund", {"reason": ""}, 422, {"/reason": "blank"}),
        ("/v1/fees", {"account": "FEES"}, 409, {"/amount": "fees_insufficient"}),
        ("/v1/fees", {"account": "FUND"}, 422, {"/account": "invalid_choice"}),
        ("/v1/fees", {"account": "FEES", "amount": "-1"}, 422, {"/amount": "not_positive"}),
    ],
)
def test_what_the_venue_cannot_move_is_refused(door, path, changes, status, fault) -> None:
    said = {"asset": "USD", "amount": "1", "reference": "r1", "reason": "capital", **changes}
    response = door.post(path, said)
    assert (response.status_code, faults(response)) == (status, fault)
    assert not Transfer.objects.exists()


def test_holdings_are_reported_whole(venue, door, alice) -> None:
    an_instrument(venue, "BTC-PERP")
    path = f"/v1/providers/{alice.id}/holdings"
    body = {"included_sequence": 0, "holdings": [{"instrument": "BTC-PERP", "quantity": "-1.50"}]}
    for _ in range(2):
        response = door.put(path, body)
        assert response.json() == {
            "provider_id": str(alice.id),
            "included_sequence": 0,
            "holdings": [{"instrument": "BTC-PERP", "reported_quantity": "-1.5", "quantity": "-1.5"}],
        }
    assert Holding.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"included_sequence": 0}, {"/holdings": "required"}),
        ({"included_sequence": -1, "holdings": []}, {"/included_sequence": "out_of_range"}),
        ({"included_sequence": 0.0, "holdings": []}, {"/included_sequence": "not_whole"}),
        ({"included_sequence": 1, "holdings": []}, {"/included_sequence": "settlement_unknown"}),
        (
            {"included_sequence": 0, "holdings": [{"instrument": "DOGE", "quantity": "1"}]},
            {"/holdings/0/instrument": "instrument_unknown"},
        ),
        (
            {"included_sequence": 0, "holdings": [{"instrument": "BTC-PERP", "quantity": 1}]},
            {"/holdings/0/quantity": "decimal_not_text"},
        ),
    ],
)
def test_a_report_that_cannot_be_is_refused_whole(venue, door, alice, body, fault) -> None:
    an_instrument(venue, "BTC-PERP")
    response = door.put(f"/v1/providers/{alice.id}/holdings", body)
    assert (response.status_code, faults(response)) == (422, fault)
    assert not Holding.objects.exists()
