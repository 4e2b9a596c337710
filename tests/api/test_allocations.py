"""/v1/allocations and /v1/allocation-fills: a venue shares a loss out over its own accounts and carries it out."""

import pytest

from tests import builders as build
from tests import market
from tests.builders import api_client
from tests.operations.test_loss_sharing import finish

pytestmark = pytest.mark.django_db

CASH = {"asset": "USD", "quantity": "50", "reference": "vgh-1", "reason": "the plan's last rank"}
GAINED = [
    {"account": "anna", "quantity": "60", "profit": "60"},
    {"account": "ben", "quantity": "40", "profit": "40.5"},
]
POSITION = {
    "instrument": "BTC-PERP",
    "side": "LONG",
    "quantity": "1",
    "price": "19500",
    "accounts": [{"account": "anna", "quantity": "5", "profit": "300", "leverage": "2.5"}],
    "reference": "adl-1",
    "reason": "the plan's last rank",
}


@pytest.fixture
def event(venue, travel):
    """Nobody took its book and nobody paid the 50 that it owed."""
    market.a_hasty_playbook(venue, fund_draw_limit="0", fund_inventory_limit="0", liquidation_fee_bps=0)
    book = market.run_out(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20050")), travel)
    finish(book.loss_event, travel)
    return book.loss_event


def test_cash_that_nobody_paid_is_shared_out_and_confirmed_row_by_row(venue, event) -> None:
    desk = api_client(build.a_venue_key(venue))
    done = desk.post(f"/v1/loss-events/{event.id}/allocate-cash", {**CASH, "accounts": GAINED})
    assert done.status_code == 201, done.json()
    assert (done.json()["kind"], done.json()["method"], done.json()["side"]) == ("CASH", "PRO_RATA", None)
    assert desk.get(f"/v1/allocations/{done.json()['id']}").json() == done.json()
    assert desk.get(f"/v1/allocations?kind=CASH&loss_event_id={event.id}").json()["data"] == [done.json()]
    rows = desk.get(f"/v1/allocation-fills?allocation_id={done.json()['id']}&state=ALLOCATED").json()["data"]
    assert {row["account"]: row["allocated"] for row in rows} == {"anna": "30", "ben": "20"}
    anna, ben = sorted(rows, key=lambda row: row["account"])
    confirmed = desk.post(f"/v1/allocation-fills/{anna['id']}/confirm")
    assert (confirmed.json()["state"], confirmed.json()["taken"]) == ("CONFIRMED", "30")
    assert desk.get(f"/v1/allocation-fills/{anna['id']}").json() == confirmed.json()
    refused = desk.post(f"/v1/allocation-fills/{ben['id']}/refuse", {"reason": "the account is closed"})
    assert (refused.json()["state"], refused.json()["taken"]) == ("REFUSED", "0")
    late = desk.post(f"/v1/allocation-fills/{ben['id']}/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "allocation_fill_decided")


def test_positions_that_nobody_took_are_closed_at_a_price(venue, event) -> None:
    desk = api_client(build.a_venue_key(venue))
    done = desk.post(f"/v1/loss-events/{event.id}/allocate-positions", POSITION)
    assert done.status_code == 201, done.json()
    assert (done.json()["instrument"], done.json()["price"]) == ("BTC-PERP", "19500")
    (row,) = desk.get("/v1/allocation-fills").json()["data"]
    assert (row["account"], row["allocated"], row["price"]) == ("anna", "1", "19500")
    more = desk.post(f"/v1/loss-events/{event.id}/allocate-positions", {**POSITION, "reference": "adl-2"})
    assert (more.status_code, more.json()["code"]) == (409, "allocation_excessive")


def test_accounts_that_are_named_twice_are_refused_where_they_stand(venue, event) -> None:
    desk = api_client(build.a_venue_key(venue))
    twice = desk.post(f"/v1/loss-events/{event.id}/allocate-cash", {**CASH, "accounts": [GAINED[0], GAINED[0]]})
    assert twice.status_code == 422, twice.json()
    assert twice.json()["errors"][0]["pointer"] == "/accounts/1/account"
    assert desk.get("/v1/allocations").json()["data"] == []
