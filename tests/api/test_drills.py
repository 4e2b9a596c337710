"""Drills over HTTP: who opens one, and who sees what of it."""

import pytest

from tests import builders as build
from tests.builders import api_client

pytestmark = pytest.mark.django_db

LONG_BITCOIN = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "20000"}


def test_a_venue_opens_one_and_lists_it_and_who_is_invited_sees_itself_alone(venue, alice) -> None:
    bob = build.a_provider(venue, "Bob")
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(bob))
    sent = {"reference": "drill-1", "cash": "3000", "positions": [LONG_BITCOIN]}
    opened = desk.post("/v1/drills", sent)
    assert (opened.status_code, opened.json()["state"]) == (201, "UNDER_WAY"), opened.json()
    assert desk.post("/v1/drills", sent).json() == opened.json()
    assert desk.get("/v1/drills").json()["data"] == [opened.json()]
    (seen,) = robot.get("/v1/drills?state=UNDER_WAY").json()["data"]
    assert (seen["id"], seen["book_id"], seen["reference"]) == (opened.json()["id"], None, None)
    assert [each["provider"] for each in seen["records"]] == ["Bob"]
    assert robot.post("/v1/drills", sent).status_code == 403
