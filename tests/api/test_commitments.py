"""Standing bids over HTTP: proposing, changing, withdrawing, and what is left of them."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.desks.standing import Taking, take_capacity
from accounts.models import Commitment, CommitmentTerms
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from backstop import clock
from backstop.models import Event
from tests.builders import (
    a_commitment,
    a_group_of_products,
    a_provider,
    a_provider_key,
    a_venue,
    an_instrument,
    api_client,
    perform,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    venue = a_venue(notice_seconds=3600)
    an_instrument(venue, "BTC-PERP", price="100", margin_rate="0.1")
    return venue


@pytest.fixture
def alice(venue):
    return a_provider(venue, "Alice", collateral="1000")


@pytest.fixture
def client(alice):
    return api_client(a_provider_key(alice))


TERMS = {
    "sides": "LONG",
    "min_edge_bps": "25.5",
    "cap_per_assignment": "1000",
    "cap_held": "5000.5",
    "window_capacity": "2000",
    "window_seconds": 3600,
    "calendar": "WEEKDAY",
    "starts_at": "2030-01-01T00:00:00Z",
    "ends_at": "2031-01-01T00:00:00Z",
}


def faults(response) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in response.json()["errors"]}


def test_a_proposal_is_shown_as_it_was_sent_and_stands_once_approved(client) -> None:
    proposed = client.post("/v1/commitments", {**TERMS, "instrument": "BTC-PERP"})
    body = proposed.json()
    assert (proposed.status_code, body["state"], body["active_at"]) == (201, "PROPOSED", None)
    assert (body["instrument"], body["product_group"], body["announced"]) == ("BTC-PERP", None, [])
    assert {name: body["terms"][name] for name in TERMS} == TERMS
    perform(approve_commitment, commitment_id=UUID(body["id"]))
    assert client.get(f"/v1/commitments/{body['id']}").json()["state"] == "ACTIVE"
    assert [one["id"] for one in client.get("/v1/commitments?state=ACTIVE").json()["data"]] == [body["id"]]
    assert client.get("/v1/commitments?state=PROPOSED").json()["data"] == []
    assert list(Event.objects.order_by("id").values_list("kind", flat=True))[-2:] == [
        "commitment_proposed",
        "commitment_approved",
    ]


@pytest.mark.parametrize(
    ("sent", "status", "fault"),
    [
        ({"min_edge_bps": 50}, 422, {"/min_edge_bps": "decimal_not_text"}),
        ({"min_edge_bps": "0.00001"}, 422, {"/min_edge_bps": "decimal_refused"}),
        ({"min_edge_bps": "10000.0001"}, 422, {"/min_edge_bps": "edge_out_of_range"}),
        ({}, 422, {"/min_edge_bps": "terms_refused"}),
        ({"min_edge_bps": "5", "cap_held": "-1"}, 422, {"/cap_held": "negative"}),
        ({"min_edge_bps": "5", "window_capacity": "1"}, 422, {"/window_seconds": "window_partial"}),
        ({"min_edge_bps": "5", "window_seconds": 1}, 422, {"/window_capacity": "window_partial"}),
        ({"min_edge_bps": "5", "window_seconds": 0, "window_capacity": "1"}, 422, {"/window_seconds": "out_of_range"}),
        ({"min_edge_bps": "5", "window_seconds": "9", "window_capacity": "1"}, 422, {"/window_seconds": "not_whole"}),
        ({"min_edge_bps": "5", "window_seconds": True, "window_capacity": "1"}, 422, {"/window_seconds": "not_whole"}),
        ({"min_edge_bps": "5", "sides": "UP"}, 422, {"/sides": "invalid_choice"}),
        ({"min_edge_bps": "5", "calendar": "EASTER"}, 422, {"/calendar": "invalid_choice"}),
        ({"min_edge_bps": "5", "instrument": "DOGE"}, 422, {"/instrument": "scope_unknown"}),
        ({"min_edge_bps": "5", "product_group": "DOGE"}, 422, {"/product_group": "scope_unknown"}),
        (
            {"min_edge_bps": "5", "instrument": "BTC-PERP", "product_group": "PERPS"},
            422,
            {"/product_group": "terms_refused"},
        ),
        (
            {"min_edge_bps": "5", "starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"},
            422,
            {"/ends_at": "terms_refused"},
        ),
        ({"min_edge_bps": "5", "ends_at": "soon"}, 422, {"/ends_at": "invalid"}),
        ({"min_edge_bps": "5", "edge": "5"}, 422, {"/edge": "field_unknown"}),
    ],
)
def test_what_cannot_be_offered_is_refused_and_nothing_is_written(client, sent, status, fault) -> None:
    response = client.post("/v1/commitments", sent)
    assert (response.status_code, faults(response)) == (status, fault)
    assert not Commitment.objects.exists()
    assert not CommitmentTerms.objects.exists()


def test_a_scope_has_one_commitment(client, alice) -> None:
    first = client.post("/v1/commitments", {"min_edge_bps": "5"}).json()
    second = client.post("/v1/commitments", {"min_edge_bps": "6"})
    assert (second.status_code, second.json()["code"]) == (409, "commitment_exists")
    assert first["id"] in second.json()["detail"]
    assert client.post("/v1/commitments", {"product_group": "PERPS", "min_edge_bps": "5"}).status_code == 201


def test_a_better_edge_takes_effect_at_once_and_a_worse_cap_after_the_notice(client, alice, travel) -> None:
    now = travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50", cap_per_assignment="1000")
    path = f"/v1/commitments/{commitment.id}"
    changed = client.patch(path, {"min_edge_bps": "40", "cap_per_assignment": "900"}).json()
    assert (changed["terms"]["min_edge_bps"], changed["terms"]["cap_per_assignment"]) == ("40", "1000")
    (announced,) = changed["announced"]
    assert (announced["min_edge_bps"], announced["cap_per_assignment"]) == ("40", "900")
    assert announced["effective_at"] == (now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    travel(hours=1)
    assert client.get(path).json()["terms"]["cap_per_assignment"] == "900"
    assert client.get(path).json()["announced"] == []


@pytest.mark.parametrize("sent", [{"window_capacity": None}, {"window_seconds": None}])
def test_half_a_window_as_null_leaves_the_whole_of_it_to_the_wider_commitment(client, alice, sent) -> None:
    commitment = a_commitment(alice, window_capacity="1000", window_seconds=60)
    terms = client.patch(f"/v1/commitments/{commitment.id}", sent).json()["terms"]
    assert (terms["window_capacity"], terms["window_seconds"], terms["min_edge_bps"]) == (None, None, "50")


def test_a_withdrawn_commitment_ends_after_the_notice(client, alice, travel) -> None:
    now = travel.freeze()
    commitment = a_commitment(alice)
    withdrawn = client.delete(f"/v1/commitments/{commitment.id}").json()
    end = (now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert withdrawn["terms"]["ends_at"] is None
    assert withdrawn["announced"][0]["ends_at"] == end
    travel(minutes=10)
    again = client.delete(f"/v1/commitments/{commitment.id}").json()
    assert again["announced"][0]["ends_at"] == end


def test_what_was_never_approved_changes_and_ends_at_once(client) -> None:
    proposed = client.post("/v1/commitments", {"min_edge_bps": "5"}).json()
    changed = client.patch(f"/v1/commitments/{proposed['id']}", {"min_edge_bps": "500"}).json()
    assert (changed["terms"]["min_edge_bps"], changed["announced"]) == ("500", [])
    withdrawn = client.delete(f"/v1/commitments/{proposed['id']}").json()
    assert withdrawn["terms"]["ends_at"] is not None


def test_capacity_shows_every_cap_and_which_of_them_bind(client, alice) -> None:
    commitment = a_commitment(alice, cap_per_assignment="800", window_capacity="1000", window_seconds=60)
    perform(take_capacity, takings=[Taking(commitment.id, clock.now(), commitment.id, Decimal(400))])
    body = client.get(f"/v1/commitments/{commitment.id}/capacity").json()
    (usd,) = body["assets"]
    assert (usd["asset"], usd["remaining"], usd["min_edge_bps"], usd["reasons"]) == ("USD", "600", "50", [])
    caps = {cap["cap"]: cap for cap in usd["caps"]}
    assert {name: (cap["limit"], cap["used"], cap["remaining"], cap["binds"]) for name, cap in caps.items()} == {
        "cap_per_assignment": ("800", "0", "800", False),
        "window": ("1000", "400", "600", True),
        "collateral": ("1000", "0", "1000", False),
    }
    assert caps["window"]["window_ends_at"] > body["as_of"]
    assert caps["collateral"]["commitment_id"] is None


def test_capacity_says_why_there_is_none(client, venue, alice) -> None:
    proposed = client.post("/v1/commitments", {"min_edge_bps": "5"}).json()
    path = f"/v1/commitments/{proposed['id']}/capacity"
    assert client.get(path).json()["assets"][0]["reasons"] == ["not_effective"]
    perform(approve_commitment, commitment_id=UUID(proposed["id"]))
    assert client.get(path).json()["assets"][0]["remaining"] == "10000"
    perform(suspend_commitment, commitment_id=UUID(proposed["id"]), reason="late")
    (usd,) = client.get(path).json()["assets"]
    assert (usd["remaining"], usd["reasons"]) == ("0", ["commitment_suspended"])


def test_lists_come_in_pages_that_a_cursor_follows(client, venue, alice) -> None:
    for number in range(5):
        a_commitment(alice, product_group=a_group_of_products(venue, f"GROUP-{number}"))
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get("/v1/commitments", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert page.keys() == {"data", "next_cursor"}
        seen += [one["product_group"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [f"GROUP-{number}" for number in reversed(range(5))]


@pytest.mark.parametrize("cursor", ["x", "cD1ub3c=", "bz0tMQ=="])
def test_a_cursor_that_was_never_given_is_refused(client, cursor) -> None:
    response = client.get(f"/v1/commitments?cursor={cursor}")
    assert response.status_code in (404, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_a_list_needs_the_same_queries_for_any_length(client, venue, alice, django_assert_num_queries) -> None:
    for length in range(1, 4):
        a_commitment(alice, product_group=a_group_of_products(venue, f"GROUP-{length}"))
        with django_assert_num_queries(4):
            assert len(client.get("/v1/commitments").json()["data"]) == length


def test_what_was_seen_is_what_is_changed(client, alice) -> None:
    path = f"/v1/commitments/{a_commitment(alice).id}"
    seen = client.get(path)
    tag = seen["ETag"]
    assert tag == f'"{seen.json()["version"]}"'
    assert client.get(path)["ETag"] == tag
    changed = client.patch(path, {"min_edge_bps": "40"}, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)
    assert changed["ETag"] == client.get(path)["ETag"]
    for outdated in (tag, 'W/"x"', f"W/{changed['ETag']}", "nonsense", ""):
        for method, sent in (("patch", {"min_edge_bps": "30"}), ("delete", None)):
            refused = getattr(client, method)(path, sent, HTTP_IF_MATCH=outdated)
            assert (refused.status_code, refused.json()["code"]) == (412, "version_outdated"), (method, outdated)
    assert client.get(path)["ETag"] == changed["ETag"]
    several = client.patch(path, {"min_edge_bps": "30"}, HTTP_IF_MATCH=f"{tag}, {changed['ETag']}")
    assert several.status_code == 200
    assert client.patch(path, {"min_edge_bps": "20"}, HTTP_IF_MATCH="*").status_code == 200
    assert client.delete(path, HTTP_IF_MATCH=client.get(path)["ETag"]).status_code == 200


def test_an_answer_of_before_has_the_version_of_then(client, alice) -> None:
    path, sent = f"/v1/commitments/{a_commitment(alice).id}", {"min_edge_bps": "40"}
    first, again = (client.patch(path, sent, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2))
    assert (again["Idempotency-Replayed"], again["ETag"]) == ("true", first["ETag"])


def test_what_comes_into_force_is_another_version(client, alice, travel) -> None:
    path = f"/v1/commitments/{a_commitment(alice).id}"
    announced = client.patch(path, {"min_edge_bps": "90"})
    travel(hours=2)
    assert client.get(path)["ETag"] != announced["ETag"]
