"""Service over HTTP: what is paid for it, and what a provider's months came to, with the rows behind them."""

from datetime import UTC, datetime, timedelta

import pytest

from auctions.models import Auction
from tests import builders as build
from tests import market
from tests.builders import api_client

pytestmark = pytest.mark.django_db

MARCH, MAY = datetime(2027, 3, 31, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
TERMS = {
    "product_group": "PERPS",
    "asset": "USD",
    "standby_rate_bps": "1",
    "budget": "1000",
    "rebate_bps": "2",
    "min_presence": "0.9",
    "min_answers": "0.5",
    "reason": "the board",
}


@pytest.fixture
def venue(travel):
    travel.to(MARCH)
    venue = market.a_market(travel)
    market.a_playbook(venue, liquidation_fee_bps="50", assign_cap_bps="40", max_reopenings=0, max_waterfall_seconds=0)
    return venue


def test_schedules_are_set_by_a_venue_and_read_by_its_providers(venue, travel) -> None:
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(build.a_provider(venue)))
    put = desk.post("/v1/fee-schedules", TERMS)
    assert put.status_code == 201, put.json()
    first = put.json()
    assert (first["version"], first["effective_at"], first["standby_edge_bps"]) == (1, "2027-04-01T00:00:00Z", "40")
    travel(seconds=1)
    later = {**TERMS, "effective_at": "2027-05-01T00:00:00Z", "standby_edge_bps": "0"}
    second = desk.post("/v1/fee-schedules", later).json()
    assert robot.get("/v1/fee-schedules").json()["data"] == [second, first]
    assert robot.get(f"/v1/fee-schedules/{first['id']}").json() == first
    assert robot.post("/v1/fee-schedules", TERMS).status_code == 403
    begun = desk.post("/v1/fee-schedules", {**TERMS, "effective_at": "2027-03-01T00:00:00Z"}).json()
    assert (begun["code"], begun["errors"][0]["pointer"]) == ("fee_schedule_refused", "/effective_at")
    assert "2027-04-01T00:00:00Z at the earliest" in begun["detail"]
    too_much = desk.post("/v1/fee-schedules", {**TERMS, "min_answers": "1.1"}).json()
    assert (too_much["code"], too_much["errors"][0]["pointer"]) == ("fee_schedule_refused", "/min_answers")


def test_a_provider_sees_its_own_months_and_the_rows_behind_every_sum(venue, travel) -> None:
    desk = api_client(build.a_venue_key(venue))
    schedule = desk.post("/v1/fee-schedules", TERMS).json()
    alice, bob = market.a_bidder(venue), build.a_provider(venue, "Bob")
    build.a_commitment(alice, min_edge_bps="40", sides="SHORT")
    travel(days=1, hours=1)
    market.mark_again()
    auction = market.an_auction(venue)
    market.place(alice, market.order(auction, units=100, edge="40"))
    market.close(auction, travel)
    market.sweep()
    travel.to(MAY + timedelta(minutes=5))
    market.sweep()
    mine, others = (api_client(build.a_provider_key(provider)) for provider in (alice, bob))

    (month,) = mine.get("/v1/me/service").json()["data"]
    assert mine.get(f"/v1/me/service/{month['id']}").json() == month
    days = sorted(mine.get("/v1/me/service/days?limit=100").json()["data"], key=lambda row: row["day"])
    assert (len(days), days[0]["day"], days[0]["schedule_id"]) == (30, "2027-04-01", schedule["id"])
    assert mine.get(f"/v1/me/service/days/{days[0]['id']}").json() == days[0]
    (answer,) = mine.get("/v1/me/service/answers").json()["data"]
    assert mine.get(f"/v1/me/service/answers/{answer['id']}").json() == answer
    (rebate,) = mine.get(f"/v1/me/service/rebates?statement_id={month['id']}").json()["data"]
    assert mine.get(f"/v1/me/service/rebates/{rebate['id']}").json() == rebate

    assert (month["month"], month["grade"], month["asked"], month["answered"]) == ("2027-04", "GOOD", 1, 1)
    assert (answer["auction_id"], answer["answered"]) == (str(Auction.objects.get().id), True)
    assert month["present_seconds"] == str(sum(int(day["present_seconds"]) for day in days)) == str(30 * 86400)
    assert (rebate["notional"], rebate["amount"], month["rebates_paid"]) == ("40000", "8", "8")
    assert month["standby_due"] == month["standby_paid"]

    assert others.get("/v1/me/service").json()["data"] == []
    assert others.get(f"/v1/me/service/rebates?statement_id={month['id']}").json()["data"] == []
    assert others.get(f"/v1/me/service/days/{days[0]['id']}").status_code == 404
