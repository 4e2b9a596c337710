"""Terms of instruments and venues over HTTP."""

import pytest

from tests.builders import a_venue, a_venue_key, an_instrument, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def door(venue):
    return api_client(a_venue_key(venue))


def test_an_instruments_terms_are_set_and_listed(venue, door) -> None:
    path = f"/v1/instruments/{an_instrument(venue).id}/terms"
    sent = {"margin_rate": "0.25", "is_listed": False, "reason": "wound down", "effective_at": "2099-01-01T00:00:00Z"}
    answer = door.post(path, sent)
    assert (answer.status_code, answer.json()["margin_rate"], answer.json()["quantity_step"]) == (201, "0.25", "0.001")
    (listed,) = door.get(path).json()["data"]
    assert listed == answer.json()
    refused = door.post(path, {"quantity_step": "0.002", "reason": "coarser"})
    assert (refused.status_code, refused.json()["code"]) == (422, "terms_refused")


def test_a_venues_terms_are_set_and_listed(door) -> None:
    answer = door.post("/v1/venue/terms", {"notice_seconds": 60, "reason": "faster"})
    assert (answer.status_code, answer.json()["notice_seconds"]) == (201, 60)
    assert door.get("/v1/venue/terms").json()["data"] == [answer.json()]


def test_they_take_two_persons_where_there_is_a_limit(venue, door) -> None:
    door.put("/v1/approval_limits", {"asset": "USD", "amount": "1000000", "reason": "four eyes"})
    answer = door.post("/v1/venue/terms", {"notice_seconds": 60, "reason": "faster"})
    assert (answer.status_code, answer.json()["code"]) == (403, "person_unknown")


def test_another_venues_instrument_does_not_exist(door) -> None:
    path = f"/v1/instruments/{an_instrument(a_venue()).id}/terms"
    assert door.post(path, {"reason": "why not"}).status_code == 404
    assert door.get(path).json()["data"] == []
