"""What needs two persons over HTTP: 202 for the first, done with the second."""

import pytest

from accounts.models import Transfer, User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from tests.builders import a_provider, a_provider_key, a_venue, an_asset, api_client, perform

pytestmark = pytest.mark.django_db

MONEY = {"asset": "USD", "amount": "500", "reference": "r1", "reason": "capital"}
LIMIT = {"asset": "USD", "amount": "100", "reason": "four eyes"}


@pytest.fixture
def venue():
    return a_venue()


def door_of(venue, person: str):
    User.objects.get_or_create(username=person)
    return api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person=person)[1])


@pytest.fixture
def olivia(venue):
    client = door_of(venue, "olivia")
    assert client.put("/v1/approval_limits", LIMIT).json()["amount"] == "100"
    return client


def test_one_asks_another_confirms_and_it_is_done(venue, olivia) -> None:
    for path, more in (
        ("/v1/fund", {}),
        ("/v1/collateral", {"provider_id": str(a_provider(venue, collateral="0").id)}),
    ):
        asked = olivia.post(path, {**MONEY, **more})
        assert (asked.status_code, asked.json()["approval"]["state"]) == (202, "ASKED")
        address = f"/v1/approvals/{asked.json()['approval']['id']}"
        refused = olivia.post(f"{address}/confirm", {})
        assert (refused.status_code, refused.json()["code"]) == (403, "approval_same_person")
        oscar = door_of(venue, "oscar")
        assert oscar.post(f"{address}/confirm", {}).json()["state"] == "CONFIRMED"
        assert oscar.get(address).json()["confirmed_by"].startswith("key:")
        done = olivia.post(path, {**MONEY, **more})
        assert (done.status_code, done.json()["amount"]) == (201, "500")
    assert Transfer.objects.count() == 2
    assert [one["operation"] for one in oscar.get("/v1/approvals?state=CONFIRMED").json()["data"]] == [
        "move_collateral",
        "fund_venue",
    ]


def test_an_idempotency_key_answers_202_again(olivia) -> None:
    first, again = (olivia.post("/v1/fund", MONEY, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())


def test_who_asked_takes_it_back(venue, olivia) -> None:
    address = f"/v1/approvals/{olivia.post('/v1/fund', MONEY).json()['approval']['id']}/withdraw"
    assert door_of(venue, "oscar").post(address, {"reason": "no"}).json()["code"] == "approval_not_asked_by_you"
    assert olivia.post(address, {"reason": "a slip"}).json()["state"] == "WITHDRAWN"


def test_what_lapsed_says_so(olivia, travel) -> None:
    asked = olivia.post("/v1/fund", MONEY).json()["approval"]
    travel(days=1)
    assert olivia.get(f"/v1/approvals/{asked['id']}").json()["state"] == "LAPSED"


def test_a_limit_is_raised_by_two(olivia, venue) -> None:
    an_asset(venue, "EUR")
    assert olivia.put("/v1/approval_limits", {**LIMIT, "asset": "EUR"}).status_code == 200
    assert olivia.put("/v1/approval_limits", {**LIMIT, "amount": None}).status_code == 202
    assert {one["asset"]: one["amount"] for one in olivia.get("/v1/approval_limits").json()["data"]} == {
        "USD": "100",
        "EUR": "100",
    }


def test_another_venues_approvals_do_not_exist(olivia) -> None:
    asked = olivia.post("/v1/fund", MONEY).json()["approval"]["id"]
    elsewhere = door_of(a_venue(), "oscar")
    for path, sent in (("confirm", {}), ("withdraw", {"reason": "no"})):
        assert elsewhere.post(f"/v1/approvals/{asked}/{path}", sent).json()["code"] == "approval_unknown"
    assert elsewhere.get(f"/v1/approvals/{asked}").status_code == 404
    assert elsewhere.get("/v1/approvals").json()["data"] == []


def test_providers_have_nothing_to_do_with_it(venue) -> None:
    assert api_client(a_provider_key(a_provider(venue))).get("/v1/approvals").json()["code"] == "scope_missing"
