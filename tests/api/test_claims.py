"""/v1/claims: an insurer answers or disputes, an arbiter decides, and both see how it stands."""

import pytest

from accounts.models import Claim
from tests import builders as build
from tests import covers
from tests.builders import api_client
from tests.operations.test_loss_sharing import a_venue, close, owing

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(travel) -> Claim:
    """Of 1,400 that an event cost, with 288 insured."""
    venue = a_venue(travel, tranche="0", fund="10000", fund_draw_limit="0")
    covers.active(venue, {build.a_provider(venue, "insurer", collateral="10000"): 10_000})
    close(owing(venue, "1400", "1"))
    return Claim.objects.select_related("venue", "cover").get()


@pytest.fixture
def desk(claim):
    return api_client(build.a_venue_key(claim.venue))


@pytest.fixture
def robot(claim):
    return api_client(build.a_provider_key(claim.cover.shares.get().provider))


def test_an_insurer_sees_it_and_answers(claim, desk, robot) -> None:
    (listed,) = robot.get("/v1/claims").json()["data"]
    assert (listed["state"], listed["counted"], listed["insured"], listed["copay"]) == ("HELD", "400", "288", "32")
    answered = robot.post(f"/v1/claims/{claim.id}/answer")
    assert (answered.status_code, answered.json()["state"], answered.json()["paid"]) == (200, "PAID", "288")
    assert desk.get(f"/v1/claims/{claim.id}").json() == answered.json()
    assert robot.post(f"/v1/claims/{claim.id}/answer").json() == answered.json()
    again = robot.post(f"/v1/claims/{claim.id}/dispute", {"disputed_amount": "1", "reason": "late"})
    assert (again.status_code, again.json()["code"]) == (409, "claim_not_in_state")


def test_it_disputes_and_an_arbiter_decides(claim, desk, robot) -> None:
    too_much = robot.post(f"/v1/claims/{claim.id}/dispute", {"disputed_amount": "289", "reason": "all of it"})
    assert (too_much.status_code, too_much.json()["code"]) == (422, "dispute_excessive")
    disputed = robot.post(f"/v1/claims/{claim.id}/dispute", {"disputed_amount": "188", "reason": "it opened before"})
    assert (disputed.status_code, disputed.json()["state"], disputed.json()["paid"]) == (200, "DISPUTED", "100")
    decided = desk.post(f"/v1/claims/{claim.id}/decide", {"refused": "188", "reason": "it did"})
    assert (decided.status_code, decided.json()["state"], decided.json()["refused"]) == (200, "PAID", "188")
    assert desk.post(f"/v1/claims/{claim.id}/decide", {"refused": "188", "reason": "it did"}).json() == decided.json()


def test_others_do_not_see_it(claim) -> None:
    other = api_client(build.a_provider_key(build.a_provider(claim.venue, "other")))
    assert other.get("/v1/claims").json()["data"] == []
    for answer in (other.get(f"/v1/claims/{claim.id}"), other.post(f"/v1/claims/{claim.id}/answer")):
        assert (answer.status_code, answer.json()["code"]) == (404, "claim_unknown")
