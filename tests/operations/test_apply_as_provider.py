"""Who applies is known, and takes no part until it is approved."""

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.apply_as_provider import apply_as_provider
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.models import Event
from tests.builders import a_group, a_provider_key, a_venue, api_client, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant():
    venue = a_venue()
    said = {"group": a_group(venue, "North"), "reason": "recommended"}
    return perform(apply_as_provider, venue=venue, name="Alice", **said)


def test_an_applicant_may_look_and_accept_terms_but_offer_nothing(applicant) -> None:
    client = api_client(a_provider_key(applicant))
    assert client.get("/v1/auctions").status_code == 200
    assert client.post("/v1/commitments", {"min_edge_bps": "20"}).json()["code"] == "provider_suspended"
    answer = client.post("/v1/me/terms", {"version": "2026-1"})
    assert (answer.status_code, answer.json()["terms_version"], answer.json()["state"]) == (200, "2026-1", "APPLIED")
    assert Event.objects.get(kind="provider_applied").payload == {"name": "Alice", "reason": "recommended"}


def test_it_is_neither_suspended_nor_resumed_into_the_market(applicant) -> None:
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        perform(resume_provider, provider=applicant, reason="a test")
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        perform(suspend_provider, provider=applicant, reason="late")


def test_a_name_is_taken_once_and_a_reason_is_needed(applicant) -> None:
    said = {"venue": applicant.venue, "group": applicant.group}
    with refused(AccountRefusal.NAME_TAKEN):
        perform(apply_as_provider, name="Alice", reason="again", **said)
    with refused(AccountRefusal.REASON_MISSING):
        perform(apply_as_provider, name="Bob", reason="", **said)
    with refused(AccountRefusal.GROUP_UNKNOWN):
        perform(apply_as_provider, name="Bob", reason="why", venue=a_venue(), group=applicant.group)
