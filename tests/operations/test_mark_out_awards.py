"""Markouts: what an award kept of its edge by the marks of 1, 5 and 60 minutes later, whenever that is judged."""

from datetime import timedelta
from decimal import Decimal

import pytest

from auctions.models import Award, Markout
from auctions.tasks import run_stage
from backstop.desks.marks import MarkQuote
from backstop.operations.set_marks import set_marks
from tests import builders as build
from tests import market
from tests.builders import a_venue_key, api_client, perform
from tests.operations.test_flow import steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    return venue


def mark(venue, price, symbol="BTC-PERP", source="venue"):
    perform(set_marks, venue_id=venue.id, quotes=[MarkQuote(symbol, Decimal(price), source=source)])


def awarded(venue, side="LONG", edge="100", name="Alice", reference="book-1"):
    """An award of a commitment, at 20,000."""
    provider = market.committed(venue, edge, name)
    market.ended(
        market.a_book(venue, market.position("BTC-PERP", side, "1", "20000"), cash="2000", reference=reference)
    )
    return provider


def after(minutes):
    return Markout.objects.get(minutes=minutes)


def kept():
    rows = Markout.objects.order_by("minutes")
    return [(row.minutes, row.kept_bps, row.winners_curse) for row in rows if row.judged_at]


def test_each_award_of_a_provider_is_marked_out_after_1_5_and_60_minutes(venue, travel):
    at = travel.freeze()
    awarded(venue)
    assert kept() == []
    for seconds, price in ((60, "19900"), (299, "19800"), (301, "10"), (3600, "21000")):
        travel.to(at + timedelta(seconds=seconds))
        mark(venue, price)
    travel.to(at + timedelta(seconds=119))
    assert run_stage("mark_out_awards") == 0, "a mark of then may still come"
    travel.to(at + timedelta(minutes=61))
    assert run_stage("mark_out_awards") == 3
    # edge 100: the long lost 50, exactly 100 and gained 500
    assert kept() == [(1, 50, False), (5, 0, False), (60, 600, False)]
    assert run_stage("mark_out_awards") == 0


@pytest.mark.parametrize(("price", "expected"), [("19800", (0, False)), ("19799.9", (Decimal("-0.05"), True))])
def test_to_win_was_a_curse_where_the_marks_moved_by_more_than_the_edge(venue, travel, price, expected):
    awarded(venue)
    travel(seconds=60)
    mark(venue, price)
    travel(seconds=60)
    assert run_stage("mark_out_awards") == 1
    assert kept() == [(1, *expected)]


def test_whoever_took_a_short_gains_where_the_marks_fall(venue, travel):
    awarded(venue, "SHORT")
    travel(seconds=60)
    mark(venue, "19900")
    travel(seconds=60)
    run_stage("mark_out_awards")
    assert after(1).adverse_bps == -50


def test_the_first_mark_within_a_minute_counts_where_none_was_in_force(venue, travel):
    market.a_frugal_playbook(venue, mark_max_age_seconds=10)
    build.a_mark(venue.instruments.get(symbol="BTC-PERP"), "20000")
    at = travel.freeze()
    awarded(venue)
    for seconds, price in ((49, "1"), (120, "19900"), (125, "2"), (361, "3")):
        travel.to(at + timedelta(seconds=seconds))
        mark(venue, price)
    travel.to(at + timedelta(minutes=6))
    run_stage("mark_out_awards")
    first, second = after(1), after(5)
    assert (first.adverse_bps, first.marks_at) == (50, at + timedelta(seconds=120)), "at the tolerance exactly"
    assert (second.judged_at is None, second.marks_at, second.kept_bps) == (False, None, None), "a second too late"


def test_nothing_is_lost_when_the_sweep_does_not_run_for_hours(venue, travel):
    at = travel.freeze()
    awarded(venue)
    for minutes, price in ((1, "19900"), (5, "19800"), (60, "19700")):
        travel.to(at + timedelta(minutes=minutes))
        mark(venue, price)
    travel.to(at + timedelta(hours=5))
    mark(venue, "30000")
    assert run_stage("mark_out_awards") == 3
    assert kept() == [(1, 50, False), (5, 0, False), (60, -50, True)]


def test_several_sources_count_as_they_do_for_prices(venue, travel):
    market.a_frugal_playbook(venue, min_mark_sources=2, mark_band_bps="100")
    at = travel.freeze()
    for source in ("venue", "a", "b"):
        mark(venue, "20000", source=source)
    awarded(venue)
    travel.to(at + timedelta(seconds=58))
    for source, price in (("venue", "19900"), ("a", "19900"), ("b", "90000")):
        mark(venue, price, source=source)
    travel.to(at + timedelta(minutes=2))
    run_stage("mark_out_awards")
    assert after(1).adverse_bps == 50


def test_what_the_fund_takes_is_not_marked_out(venue, travel):
    market.a_hasty_playbook(venue)
    book = market.run_out(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="2000"), travel)
    assert steps(book)[-1][0] == "FUND"
    assert (Award.objects.count(), Markout.objects.count()) == (1, 0)


def test_a_provider_sees_its_own_and_its_venue_all(venue, travel):
    alice = awarded(venue)
    bob = awarded(venue, edge="90", name="Bob", reference="book-2")
    travel(seconds=60)
    mark(venue, "19900")
    travel(seconds=60)
    run_stage("mark_out_awards")
    seen = {who.name: api_client(build.a_provider_key(who)) for who in (alice, bob)}
    rows = {name: client.get("/v1/markouts?minutes=1").json()["data"] for name, client in seen.items()}
    assert {name: {row["provider_id"] for row in found} for name, found in rows.items()} == {
        who.name: {str(who.id)} for who in (alice, bob)
    }
    (row,) = rows["Bob"]
    assert (row["edge_bps"], row["adverse_bps"], row["kept_bps"], row["winners_curse"]) == ("90", "50", "40", False)
    assert list(row["marks"].values()) == ["19900"]
    assert seen["Bob"].get(f"/v1/markouts/{row['id']}").json() == row
    assert seen["Alice"].get(f"/v1/markouts/{row['id']}").status_code == 404
    desk = api_client(a_venue_key(venue))
    assert len(desk.get("/v1/markouts").json()["data"]) == 6
    assert len(desk.get(f"/v1/markouts?provider_id={bob.id}&minutes=60").json()["data"]) == 1
