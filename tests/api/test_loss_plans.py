"""The order in which losses are paid over HTTP, and what a loss event says of who paid it."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind
from accounts.operations.collateral.fund_venue import fund_venue
from tests import builders as build
from tests import market
from tests.builders import api_client, perform

pytestmark = pytest.mark.django_db

UNLIMITED = {"per_event": None, "per_24h": None, "target": None, "method": None}
BEFORE = [{"rank": 1, "kind": "ESTATE", **UNLIMITED}, {"rank": 2, "kind": "PENALTIES", **UNLIMITED}]
TRANCHE = {"rank": 3, "kind": "FIRST_TRANCHE", **UNLIMITED}
COVERS = {"rank": 4, "kind": "COVERS", **UNLIMITED}
FUND = {"rank": 4, "kind": "FUND", **UNLIMITED}
AT_THE_END = ("CONTRIBUTIONS_NONE", "CONTRIBUTIONS_POOR", "CONTRIBUTIONS_GOOD", "SECOND_TRANCHE", "ASSESSMENTS")
DEFAULT = [
    *BEFORE,
    TRANCHE,
    COVERS,
    {**FUND, "rank": 5},
    *({"rank": rank, "kind": kind, **UNLIMITED} for rank, kind in enumerate(AT_THE_END, 6)),
    {"rank": 11, "kind": "LOSS_ALLOCATION", **UNLIMITED, "method": "PRO_RATA"},
]


def test_a_plan_is_published_to_providers_and_set_by_their_venue(venue) -> None:
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(build.a_provider(venue)))
    path = f"/v1/venues/{desk.get('/v1/me').json()['venue_id']}/waterfall"
    assert robot.get(path).json() == {"version": 0, "set_at": None, "layers": DEFAULT}
    said = {"layers": [{"kind": "FIRST_TRANCHE", "per_event": "50"}, {"kind": "FUND"}], "reason": "the board"}
    put = desk.post(path, said)
    assert put.status_code == 201, put.json()
    assert put.json()["version"] == 1
    assert put.json()["layers"] == [*BEFORE, {**TRANCHE, "per_event": "50"}, FUND]
    assert robot.get(path).json() == put.json()
    assert robot.post(path, said).status_code == 403
    said["layers"].reverse()
    assert desk.post(path, said).json()["code"] == "loss_plan_refused"
    assert desk.get(f"/v1/venues/{build.a_venue().id}/waterfall").json()["code"] == "venue_unknown"


def test_a_loss_event_says_what_it_cost_and_who_paid(venue) -> None:
    market.a_playbook(venue, fund_draw_limit="1000", liquidation_fee_bps=0)
    market.committed(venue, "0")
    said = {"asset": "USD", "amount": Decimal(50), "reference": "in", "account": AccountKind.FIRST_TRANCHE}
    perform(fund_venue, venue_id=venue.id, **said)
    book = market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20080")))
    desk = api_client(build.a_venue_key(venue))
    event = desk.get(f"/v1/loss-events/{book.loss_event_id}").json()
    assert (event["plan_version"], event["layers"]) == (0, DEFAULT)
    assert event["costs"] == [{"asset": "USD", "amount": "80", "owed": "0"}]
    paid = {"FIRST_TRANCHE": "50", "FUND": "30"}
    assert event["paid"] == [{"asset": "USD", "layer": layer, "amount": amount} for layer, amount in paid.items()]
    assert event["returned"] == []
    (addend,) = desk.get(f"/v1/loss-events/{event['id']}/addends").json()["data"]
    amounts = {name: addend[name] for name in ("kind", "subject_id", "asset", "amount", "advances", "owed")}
    said = {"kind": "BOOK", "subject_id": str(book.id), "asset": "USD", "amount": "80", "advances": "0", "owed": "0"}
    assert amounts == said
    assert desk.get(f"/v1/loss-events/{event['id']}/addends/{addend['id']}").json() == addend
    payments = desk.get(f"/v1/loss-events/{event['id']}/payments?addend_id={addend['id']}").json()["data"]
    assert {payment["layer"]: payment["amount"] for payment in payments} == paid
    (payment, _) = payments
    assert desk.get(f"/v1/loss-events/{event['id']}/payments/{payment['id']}").json() == payment
    assert desk.get("/v1/loss-events").json()["data"] == [event]
    debts = desk.get(f"/v1/books/{book.id}/statement").json()["debts"]
    assert (debts["lacked"], debts["paid_by_layers"], debts["covered_by_fund"], debts["owed"]) == (
        "80",
        "50",
        "30",
        "0",
    )
