"""Faults over HTTP: what each side sees, and what the provider and the arbiter say."""

import pytest

from accounts.models import User
from accounts.operations.keys.issue_key import issue_key
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def fault(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    return market.sold_again(venue, travel)


def test_both_see_it_and_the_provider_not_whose_account_it_was(fault) -> None:
    venue = build.api_client(build.a_venue_key(fault.provider.venue, ["settlements"]))
    alice = build.api_client(build.a_provider_key(fault.provider))
    bob = build.api_client(build.a_provider_key(build.a_provider(fault.provider.venue, "Dave")))
    (seen,) = venue.get("/v1/faults?state=CONTESTABLE").json()["data"]
    assert (seen["amount"], seen["to_estate"], seen["held"]) == ("2800", "2800", "4000")
    assert seen["book_id"] == str(fault.book_id)
    assert alice.get(f"/v1/faults/{fault.id}").json() == {**seen, "book_id": None}
    assert bob.get("/v1/faults").json()["data"] == []
    assert bob.get(f"/v1/faults/{fault.id}").json()["code"] == "fault_unknown"
    assert bob.post(f"/v1/faults/{fault.id}/contest", {"reason": "no"}).json()["code"] == "fault_unknown"


def test_its_provider_contests_it_and_the_arbiter_decides(fault) -> None:
    alice = build.api_client(build.a_provider_key(fault.provider))
    contested = alice.post(f"/v1/faults/{fault.id}/contest", {"reason": "the account was open"})
    assert (contested.status_code, contested.json()["state"]) == (200, "CONTESTED")
    decision = (f"/v1/faults/{fault.id}/decide", {"stands": False, "reason": "it was"})
    engine = build.api_client(build.a_venue_key(fault.provider.venue, ["arbitrate"]))
    assert engine.post(*decision).json()["code"] == "person_unknown"
    User.objects.create(username="olivia")
    key = {"venue": fault.provider.venue, "scopes": ["arbitrate"], "person": "olivia"}
    arbiter = build.api_client(perform(issue_key, **key)[1])
    decided = arbiter.post(*decision)
    assert (decided.status_code, decided.json()["state"], decided.json()["held"]) == (200, "DISMISSED", "0")
    assert alice.get(f"/v1/faults/{fault.id}").json()["decision_reason"] == "it was"
    settling = build.api_client(build.a_venue_key(fault.provider.venue, ["settlements"]))
    refused = settling.post(f"/v1/faults/{fault.id}/decide", {"stands": True, "reason": "no"})
    assert refused.json()["code"] == "scope_missing"
