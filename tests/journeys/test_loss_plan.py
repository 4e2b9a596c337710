"""One book that eats through everything a venue has: the estate, each layer of its plan in order, and the accounts that
gained by its failure; and what comes back of that goes up in reverse."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Claim
from tests import builders as build
from tests import covers, market
from tests.builders import api_client
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, left, paid, pay_in
from tests.operations.test_move_contribution import contribute

pytestmark = pytest.mark.django_db

PLAN = [
    {"kind": "FIRST_TRANCHE", "per_event": "1000"},
    *({"kind": kind} for kind in ("COVERS", "FUND", "CONTRIBUTIONS_NONE", "CONTRIBUTIONS_POOR", "CONTRIBUTIONS_GOOD")),
    *({"kind": kind} for kind in ("SECOND_TRANCHE", "ASSESSMENTS")),
    {"kind": "LOSS_ALLOCATION", "method": "RANK"},
]


def test_from_the_estate_to_loss_allocation_and_back(travel) -> None:
    venue = a_venue(travel, tranche="2000", fund="10000", fund_draw_limit="500")
    pay_in(venue, "200", AccountKind.SECOND_TRANCHE, "second")
    desk = api_client(build.a_venue_key(venue))
    planned = desk.post(f"/v1/venues/{venue.id}/waterfall", {"layers": PLAN, "reason": "the board"})
    assert planned.status_code == 201, planned.json()
    for name, amount in (("Bob", "30"), ("Carol", "60")):
        contribute(build.a_provider(venue, name), amount, name)
    insurer = build.a_provider(venue, "Iris", collateral="10000")
    cover = covers.activate(covers.signed(venue, {insurer: 10_000}))

    # It owes 9,300, of which the account itself had 300.
    position = market.position("BTC-PERP", "LONG", "1", "29300")
    book = market.a_book(venue, position, reference="1", account="a", cash="300")
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    close(book)
    answered = api_client(build.a_provider_key(insurer)).post(f"/v1/claims/{Claim.objects.get(cover=cover).id}/answer")
    assert answered.json()["paid"] == "3600"
    finish(book.loss_event, travel)
    for called in desk.get("/v1/assessments").json()["data"]:
        assert desk.post(f"/v1/assessments/{called['id']}/pay").status_code == 200
    layers = {"FIRST_TRANCHE": 1000, "COVERS": 3600, "COPAYMENT": 400, "FUND": 500}
    behind = {"CONTRIBUTIONS_GOOD": 90, "SECOND_TRANCHE": 200, "ASSESSMENTS": 90}
    nobodys = 9000 - sum((layers | behind).values())
    assert paid() == {**layers, **behind, "UNALLOCATED": nobodys}

    # Accounts that gained give the rest, the most profitable and most leveraged first.
    gained = [{"account": "short-1", "quantity": "2000", "profit": "2000", "leverage": "10"}]
    gained += [{"account": "short-2", "quantity": "5000", "profit": "5000", "leverage": "2"}]
    said = {"asset": "USD", "quantity": str(nobodys), "accounts": gained, "reference": "last", "reason": "rank 11"}
    allocated = desk.post(f"/v1/loss-events/{book.loss_event_id}/allocate-cash", said)
    assert allocated.status_code == 201, allocated.json()
    for fill in desk.get("/v1/allocation-fills").json()["data"]:
        assert desk.post(f"/v1/allocation-fills/{fill['id']}/confirm").json()["state"] == "CONFIRMED"
    taken = {fill["account"]: fill["taken"] for fill in desk.get("/v1/allocation-fills").json()["data"]}
    assert taken == {"short-1": "2000", "short-2": str(nobodys - 2000)}
    assert left(venue, AccountKind.LOSSES) == 0
    clean()

    # All of it comes back: accounts first, then calls, the second tranche, contributions, the fund, the cover.
    said = {"asset": "USD", "amount": "9000", "reference": "r1", "reason": "the account paid"}
    back = desk.post(f"/v1/loss-events/{book.loss_event_id}/recoveries", said)
    assert back.status_code == 201, back.json()
    returned = desk.get(f"/v1/loss-events/{book.loss_event_id}").json()["returned"]
    whose = {each["layer"]: Decimal(each["amount"]) for each in returned}
    assert whose == {**layers, **behind, "LOSS_ALLOCATION": nobodys}
    clean()
