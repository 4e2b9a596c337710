"""What a provider has at stake at its venue, over HTTP, and the limits of clusters."""

import pytest

from tests import builders as build
from tests import market
from tests.builders import api_client

pytestmark = pytest.mark.django_db

REPORT = {"asset": "USD", "equity": "500.5", "requirement": "300", "included_sequence": "1"}
LIMITS = {"asset": "USD", "gross_limit": "100000", "net_limit": None, "reason": "a small firm"}


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_frugal_playbook(venue)
    return venue


@pytest.fixture
def alice(venue):
    alice = market.committed(venue)
    market.ended(market.a_book(venue, market.position("BTC-PERP", "SHORT", "2", "20000"), cash="900"))
    return alice


def test_a_venue_reports_and_both_see_it(venue, alice) -> None:
    door, path = api_client(build.a_venue_key(venue)), f"/v1/providers/{alice.id}/exposure"
    shown = {"asset": "USD", "equity": "4000", "requirement": "0", "reported_at": None, "included_sequence": None}
    held = [{"product_group": "PERPS", "gross": "40000", "net": "-40000"}]
    assert door.get(path).json() == [{**shown, "holdings": held}]
    answer = door.put(path, {**REPORT, "included_sequence": 1})
    assert (answer.status_code, answer.json()["equity"], answer.json()["requirement"]) == (200, "500.5", "300")
    own, bob = (api_client(build.a_provider_key(each)) for each in (alice, build.a_provider(venue, "Bob")))
    assert own.get(path).json() == [answer.json()]
    assert bob.get(path).json()["code"] == "provider_unknown"
    assert own.put(path, {**REPORT, "included_sequence": 1}).status_code == 403
    assert door.put(path, {**REPORT, "included_sequence": 0}).json()["code"] == "exposure_report_outdated"


def test_limits_are_set_of_a_cluster_and_taken_back(venue, alice) -> None:
    door = api_client(build.a_venue_key(venue))
    answer = door.put(f"/v1/groups/{alice.group_id}/limits", LIMITS)
    assert (answer.status_code, answer.json()["gross_limit"], answer.json()["net_limit"]) == (200, "100000", None)
    taken_back = door.put(f"/v1/groups/{alice.group_id}/limits", {**LIMITS, "gross_limit": None})
    assert (taken_back.json()["id"], taken_back.json()["gross_limit"]) == (answer.json()["id"], None)
    assert door.put(f"/v1/groups/{alice.id}/limits", LIMITS).json()["code"] == "group_unknown"
    refused = door.put(f"/v1/groups/{alice.group_id}/limits", {**LIMITS, "net_limit": "-1"})
    assert refused.json()["code"] == "exposure_limit_refused"
