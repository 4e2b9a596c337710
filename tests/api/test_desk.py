"""What a venue's desk does over HTTP: providers, commitments, caps, playbooks, marks by hand, sales."""

from uuid import UUID

import pytest

from accounts.desks.holdings import settle_holdings
from accounts.models import Provider
from auctions.models import Cap, Playbook
from auctions.models.playbooks.promises import PROMISES, in_words
from backstop.models import Event, Mark
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db

SOME_ID = UUID(int=7)
WHY = {"reason": "the desk says so"}


@pytest.fixture
def venue():
    return market.a_market()


@pytest.fixture
def door(venue):
    return build.api_client(build.a_venue_key(venue))


@pytest.fixture
def elsewhere():
    return build.api_client(build.a_venue_key(build.a_venue()))


def why_of(kind: str) -> str:
    return Event.objects.get(kind=kind).payload["reason"]


def test_a_provider_is_created_moved_suspended_and_resumed(venue, door) -> None:
    group = door.post("/v1/groups", {"name": "North firms", "reason": "why"}).json()
    answer = door.post("/v1/providers", {"name": "Alice", "group_id": group["id"], "reason": "why"})
    assert (answer.status_code, answer.json()["state"], answer.json()["group"]) == (201, "ACTIVE", "North firms")
    path = f"/v1/providers/{answer.json()['id']}"
    other = door.post("/v1/groups", {"name": "South firms", "reason": "why"}).json()
    assert door.post(f"{path}/move", {"group_id": other["id"], **WHY}).json()["group"] == "South firms"
    suspended = door.post(f"{path}/suspend", WHY).json()
    assert (suspended["state"], suspended["state_reason"]) == ("SUSPENDED", WHY["reason"])
    assert door.post(f"{path}/resume", WHY).json()["state"] == "ACTIVE"
    assert why_of("provider_moved") == WHY["reason"]
    again = {"name": "Alice", "group_id": other["id"], "reason": "why"}
    assert door.post("/v1/providers", again).json()["code"] == "name_taken"
    assert door.post(f"{path}/suspend", {"reason": ""}).status_code == 422


def test_another_venues_people_do_not_exist(venue, door, elsewhere) -> None:
    alice = build.a_provider(venue)
    for deed, sent in (("suspend", WHY), ("resume", WHY), ("move", {"group_id": str(alice.group_id), **WHY})):
        answer = elsewhere.post(f"/v1/providers/{alice.id}/{deed}", sent)
        assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown"), deed
    answer = elsewhere.post("/v1/providers", {"name": "Bob", "group_id": str(alice.group_id), "reason": "why"})
    assert answer.json()["code"] == "group_unknown"
    assert not Provider.objects.filter(name="Bob").exists()
    theirs = build.a_commitment(alice)
    for deed in ("approve", "suspend", "resume", "withdraw"):
        answer = elsewhere.post(f"/v1/commitments/{theirs.id}/{deed}", WHY)
        assert (answer.status_code, answer.json()["code"]) == (404, "commitment_unknown"), deed
    answer = elsewhere.post(f"/v1/providers/{alice.id}/commitments", {"min_edge_bps": "20", **WHY})
    assert answer.json()["code"] == "provider_unknown"


def test_a_commitment_is_proposed_for_a_provider_and_lives_its_life(venue, door) -> None:
    alice = build.a_provider(venue)
    answer = door.post(f"/v1/providers/{alice.id}/commitments", {"min_edge_bps": "20", **WHY})
    assert (answer.status_code, answer.json()["state"]) == (201, "PROPOSED")
    path = f"/v1/commitments/{answer.json()['id']}"
    for deed, state in (("approve", "ACTIVE"), ("suspend", "SUSPENDED"), ("resume", "ACTIVE"), ("withdraw", "ACTIVE")):
        assert door.post(f"{path}/{deed}", WHY).json()["state"] == state
    for what in ("proposed", "approved", "suspended", "resumed", "withdrawn"):
        assert why_of(f"commitment_{what}") == WHY["reason"]
    assert door.post(f"{path}/approve", WHY).json()["code"] == "commitment_not_in_state"


def test_a_cap_is_set_listed_and_taken_away(venue, door) -> None:
    said = {"asset": "USD", "limit": "1000000", **WHY}
    assert door.put("/v1/caps", said).json()["cap"]["limit"] == "1000000"
    assert [one["limit"] for one in door.get("/v1/caps").json()["data"]] == ["1000000"]
    assert door.put("/v1/caps", {**said, "limit": None}).json() == {"cap": None}
    assert not Cap.objects.exists()
    assert door.put("/v1/caps", {**said, "product_group": "none"}).json()["code"] == "product_group_unknown"
    assert door.put("/v1/caps", {**said, "asset": "EUR"}).json()["code"] == "asset_unknown"


def test_a_playbook_gets_its_next_version(venue, door) -> None:
    first = door.post("/v1/playbooks", {"parameters": {}, **WHY}).json()
    sent = {"dutch_cap_bps": "600", "sealed_seconds": 90}
    answer = door.post("/v1/playbooks", {"parameters": sent, **WHY})
    assert (answer.status_code, answer.json()["version"]) == (201, first["version"] + 1)
    changed = {name: value for name, value in answer.json()["parameters"].items() if first["parameters"][name] != value}
    assert changed == sent
    assert len(door.get("/v1/playbooks").json()["data"]) == Playbook.objects.count()


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"no_such": 1}, "parameter_unknown"),
        ({"sealed_seconds": "soon"}, "invalid"),
        ({"dutch_cap_bps": "-1"}, "invalid"),
        ({"dutch_cap_bps": None}, "invalid"),
    ],
)
def test_a_playbook_that_cannot_be_is_refused(venue, door, parameters, code) -> None:
    answer = door.post("/v1/playbooks", {"parameters": parameters, **WHY})
    assert answer.status_code == 422
    assert code in {answer.json()["code"], *(fault["code"] for fault in answer.json()["errors"])}
    assert not Playbook.objects.exists()


def test_each_parameter_at_fault_is_named_with_what_it_takes(door) -> None:
    sent = {"dutch_cap_bps": "soon", "sealed_seconds": 0, "assign": "SOMETIME", "sealed_reserve_bps": 20}
    answer = door.post("/v1/playbooks", {"parameters": sent, **WHY}).json()
    faults = {fault["pointer"].removeprefix("/parameters/"): fault["message"] for fault in answer["errors"]}
    assert faults.keys() == sent.keys()
    assert faults["assign"] == "must be one of FIRST, AS_BIDS, BY_REGIME"
    assert "within 1 and" in faults["sealed_seconds"]


def test_a_promise_that_parameters_break_is_told_in_words(door) -> None:
    (fault,) = door.post("/v1/playbooks", {"parameters": {"dutch_cap_bps": "300"}, **WHY}).json()["errors"]
    assert fault["pointer"] == "/parameters"
    assert "sealed_reserve_bps <= dutch_cap_bps" in fault["message"]
    assert [each.name for each in PROMISES if each.name in in_words(each)] == []


def test_an_instrument_is_marked_by_hand(venue, door, elsewhere) -> None:
    instrument = venue.instruments.get()
    answer = door.post(f"/v1/instruments/{instrument.id}/mark", {"price": "19500", **WHY})
    assert (answer.status_code, answer.json()["price"]) == (201, "19500")
    assert Mark.objects.get(source=answer.json()["source"]).source.startswith("hand:bs_")
    assert elsewhere.post(f"/v1/instruments/{instrument.id}/mark", {"price": "1", **WHY}).status_code == 404


def test_what_the_fund_holds_is_sold(venue, door) -> None:
    build.a_playbook(venue, mark_max_age_seconds=3600)
    said = {"instrument": "BTC-PERP", "reference": "sale-1", **WHY}
    assert door.post("/v1/inventory/sales", said).json()["code"] == "nothing_to_sell"
    award = market.award_to(None, venue.instruments.get(), 1)
    build.perform(settle_holdings, holders={award: (venue.id, None)})
    answer = door.post("/v1/inventory/sales", said)
    assert (answer.status_code, answer.json()["reference"]) == (201, "sale-1")
    assert why_of("book_received") == WHY["reason"]
    assert door.post("/v1/inventory/sales", {**said, "instrument": "DOGE"}).json()["code"] == "instrument_unknown"


def test_a_provider_applies_is_approved_and_ends(venue, door, elsewhere) -> None:
    group = door.post("/v1/groups", {"name": "North firms", "reason": "why"}).json()["id"]
    applied = door.post("/v1/providers/applications", {"name": "Alice", "group_id": group, **WHY})
    assert (applied.status_code, applied.json()["state"]) == (201, "APPLIED")
    path = f"/v1/providers/{applied.json()['id']}"
    assert door.post(f"{path}/approve", WHY).json()["code"] == "terms_not_accepted"
    assert door.post(f"{path}/terms", {"version": "2026-1"}).json()["terms_version"] == "2026-1"
    for deed, state in (("approve", "ACTIVE"), ("end", "ENDED")):
        assert elsewhere.post(f"{path}/{deed}", WHY).json()["code"] == "provider_unknown"
        assert door.post(f"{path}/{deed}", WHY).json()["state"] == state


def test_a_book_is_tried_again(venue, door, elsewhere) -> None:
    build.a_playbook(venue, mark_max_age_seconds=3600)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "21000"), cash="3000")
    assert door.post(f"/v1/books/{book.id}/retry", WHY).json()["state"] == "RECEIVED"
    assert elsewhere.post(f"/v1/books/{book.id}/retry", WHY).json()["code"] == "book_unknown"
