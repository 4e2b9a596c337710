"""Vaults over HTTP: opened by their venue, filled and left for their depositors, seen by whom it concerns."""

from decimal import Decimal

import pytest

from accounts.models import User, Vault
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.operations.test_settle_vaults import lost
from tests.operations.test_take_deposit import a_vault, deposit

pytestmark = pytest.mark.django_db

TERMS = {
    "asset": "USD",
    "calm_edge_bps": "20",
    "stressed_edge_bps": "60",
    "halted_edge_bps": "90.5",
    "max_loss_bps": 2000,
    "notice_seconds": 3600,
    "reason": "the board",
}
ANN = {"depositor": "ann", "amount": "100", "reference": "d1"}


@pytest.fixture
def desk(venue):
    return api_client(build.a_venue_key(venue))


def of(vault: Vault):
    return api_client(build.a_provider_key(vault.provider))


def test_the_whole_life_of_a_deposit(venue, desk, travel) -> None:
    provider = build.a_provider(venue, "Vault", collateral="0")
    opened = desk.post("/v1/vaults", {**TERMS, "provider_id": str(provider.id)})
    assert opened.status_code == 201, opened.json()
    path = f"/v1/vaults/{opened.json()['id']}"
    came = desk.post(f"{path}/deposits", ANN)
    assert (came.status_code, came.json()["state"], came.json()["shares"]) == (201, "TAKEN", str(100 * 10**12))
    assert desk.post(f"{path}/deposits", ANN).json() == came.json()
    leaves = desk.post(f"{path}/withdrawals", {"depositor": "ann", "shares": str(40 * 10**12), "reference": "w1"})
    assert (leaves.status_code, leaves.json()["state"]) == (201, "QUEUED")
    pool = desk.get(path).json()["pool"]
    assert pool == {
        "assets": "100",
        "collateral": "100",
        "supply": str(100 * 10**12),
        "leaving": str(40 * 10**12),
        "is_known": True,
    }
    travel(hours=1)
    market.sweep()
    (paid,) = desk.get(f"{path}/withdrawals?depositor=ann&state=PAID").json()["data"]
    assert (paid["amount_paid"], paid["shares_left"]) == ("40", "0")
    robot = api_client(build.a_provider_key(provider))
    for name, row in (("withdrawals", paid), ("deposits", came.json())):
        assert desk.get(f"{path}/{name}/{row['id']}").json() == row
        assert robot.get(f"{path}/{name}").json()["data"] == [row]


def test_every_provider_sees_the_published_edge_and_the_pool_of_its_own_alone(venue, desk) -> None:
    vault = a_vault(venue)
    alice = api_client(build.a_provider_key(build.a_provider(venue)))
    (seen,), (own,) = (client.get("/v1/vaults").json()["data"] for client in (alice, of(vault)))
    assert (seen["calm_edge_bps"], seen["stressed_edge_bps"], seen["halted_edge_bps"]) == ("20", "60", "90")
    assert seen["pool"] is None
    assert own["pool"]["assets"] == "0"
    assert alice.get(f"/v1/vaults/{vault.id}").json() == seen
    deposit(vault, "1")
    assert alice.get(f"/v1/vaults/{vault.id}/deposits").json()["data"] == []
    row = desk.get(f"/v1/vaults/{vault.id}/deposits").json()["data"][0]
    assert alice.get(f"/v1/vaults/{vault.id}/deposits/{row['id']}").json()["code"] == "deposit_unknown"
    stranger = api_client(build.a_venue_key(build.a_venue()))
    assert stranger.get("/v1/vaults").json()["data"] == []
    assert stranger.get(f"/v1/vaults/{vault.id}").json()["code"] == "vault_unknown"
    assert stranger.post(f"/v1/vaults/{vault.id}/deposits", ANN).json()["code"] == "vault_unknown"


def test_a_vault_goes_on_for_a_reason(venue, desk, travel) -> None:
    vault = a_vault(venue)
    deposit(vault, "100")
    market.sweep("settle_vaults")
    lost(vault, "20")
    travel(seconds=5)
    market.sweep("settle_vaults")
    assert desk.get(f"/v1/vaults/{vault.id}").json()["suspended_for"] == "LOSS"
    resumed = desk.post(f"/v1/vaults/{vault.id}/resume", {"reason": "a new manager"})
    assert (resumed.status_code, resumed.json()["suspended_for"]) == (200, None)
    again = desk.post(f"/v1/vaults/{vault.id}/resume", {"reason": "a new manager"})
    assert again.json()["code"] == "vault_not_suspended"


def test_a_vault_without_shares_ends(venue, desk) -> None:
    vault = a_vault(venue)
    deposit(vault, "100")
    in_use = desk.post(f"/v1/vaults/{vault.id}/end", {"reason": "done"})
    assert in_use.json()["code"] == "vault_in_use"
    other = a_vault(venue, "Other")
    ended = desk.post(f"/v1/vaults/{other.id}/end", {"reason": "done"})
    assert (ended.status_code, ended.json()["ended_at"] is not None) == (200, True)
    again = desk.post(f"/v1/vaults/{other.id}/end", {"reason": "done"})
    assert again.json()["code"] == "vault_ended"


@pytest.mark.parametrize("shares", ["0", "-1", "1.5", "", 7, "1" * 79])
def test_shares_are_whole_and_in_a_string(venue, desk, shares) -> None:
    vault = a_vault(venue)
    answer = desk.post(f"/v1/vaults/{vault.id}/withdrawals", {"depositor": "a", "shares": shares, "reference": "w"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/shares")


def test_what_a_person_does_may_take_two(venue, travel) -> None:
    User.objects.create(username="olivia")
    vault, other = a_vault(venue), build.a_provider(venue, "Other", collateral="0")
    deposit(vault, "100", "ann")
    market.sweep("settle_vaults")
    lost(vault, "20")
    travel(seconds=5)
    market.sweep("settle_vaults")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="four eyes")
    path = f"/v1/vaults/{vault.id}"
    for address, said in (
        ("/v1/vaults", {**TERMS, "provider_id": str(other.id)}),
        (f"{path}/resume", {"reason": "a new manager"}),
        (f"{path}/deposits", ANN),
        (f"{path}/withdrawals", {"depositor": "ann", "shares": str(10**12), "reference": "w1"}),
    ):
        answer = olivia.post(address, said)
        assert (address, answer.status_code) == (address, 202), answer.json()
