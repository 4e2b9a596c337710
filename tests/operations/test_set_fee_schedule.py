"""What is paid for service is set version by version, for whole months that have not begun."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.rules.refusals import AccountRefusal
from auctions.models import FeeSchedule, ServiceDay
from auctions.operations.operator.set_fee_schedule import set_fee_schedule
from auctions.queries.service import list_schedules
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db

DECEMBER, JANUARY = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
TERMS = {
    "product_group": "PERPS",
    "asset": "USD",
    "standby_rate_bps": Decimal(20),
    "budget": Decimal(5000),
    "rebate_bps": Decimal("0.5"),
    "min_presence": Decimal("0.95"),
    "min_answers": Decimal("0.8"),
    "reason": "a test",
}


@pytest.fixture
def venue(travel):
    travel.to(DECEMBER)
    venue = market.a_market(travel)
    market.a_playbook(venue, assign_cap_bps="70")
    return venue


def put(venue, **terms) -> FeeSchedule:
    return perform(set_fee_schedule, venue_id=venue.id, **{**TERMS, **terms})


def test_it_holds_from_the_next_month_on_up_to_the_cap_of_assignments(venue) -> None:
    schedule = put(venue)
    assert (schedule.version, schedule.effective_at, schedule.standby_edge_bps) == (1, JANUARY, 70)
    assert put(venue, standby_edge_bps=Decimal(0)).version == 2
    assert [day.day for day in ServiceDay.objects.all()] == [DECEMBER.date()], "days are counted from now on, once"


def test_the_newest_version_for_a_month_is_gone_by_and_later_ones_before_it_are_void(venue) -> None:
    february, march = JANUARY + timedelta(days=31), JANUARY + timedelta(days=59)
    later, sooner = put(venue, effective_at=march), put(venue, effective_at=february)
    assert list_schedules(venue.id, JANUARY.date()) == []
    assert list_schedules(venue.id, february.date()) == [sooner]
    assert list_schedules(venue.id, march.date()) == [sooner] != [later]


def test_a_month_that_begins_now_has_begun(venue, travel) -> None:
    assert put(venue, effective_at=JANUARY).effective_at == JANUARY
    travel.to(JANUARY)
    for at in (JANUARY, JANUARY + timedelta(days=30)):
        with refused(AuctionRefusal.FEE_SCHEDULE_REFUSED):
            put(venue, effective_at=at)


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"reason": " "}, AccountRefusal.REASON_MISSING),
        ({"product_group": "COINS"}, AuctionRefusal.PRODUCT_GROUP_UNKNOWN),
        ({"asset": "EUR"}, AccountRefusal.ASSET_UNKNOWN),
        ({"standby_rate_bps": Decimal(-1)}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
        ({"rebate_bps": Decimal("0.00001")}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
        ({"budget": Decimal("-0.1")}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
        ({"budget": Decimal("0.0000001")}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
        ({"min_presence": Decimal("1.000001")}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
        ({"min_answers": Decimal("-0.1")}, AuctionRefusal.FEE_SCHEDULE_REFUSED),
    ],
)
def test_what_makes_no_sense_is_refused(venue, terms, refusal) -> None:
    with refused(refusal):
        put(venue, **terms)
    assert not FeeSchedule.objects.exists()


def test_without_a_playbook_the_edge_has_to_be_said(travel) -> None:
    venue = market.a_market(travel)
    with refused(AuctionRefusal.PLAYBOOK_MISSING):
        put(venue)
    assert put(venue, standby_edge_bps=Decimal(5)).standby_edge_bps == 5


def test_what_is_exactly_a_whole_or_nothing_is_allowed(venue) -> None:
    put(venue, min_presence=Decimal(1), min_answers=Decimal(0), budget=Decimal(0))


def test_the_database_knows_whole_months_alone(venue) -> None:
    terms = {name: value for name, value in TERMS.items() if name not in ("product_group", "asset")}
    whose = {"venue": venue, "product_group": build.a_group_of_products(venue), "asset": build.the_asset(venue)}
    with pytest.raises(IntegrityError, match="fee_schedule_for_whole_months"), transaction.atomic():
        FeeSchedule.objects.create(**whose, **terms, version=1, effective_on=DECEMBER.date(), standby_edge_bps=0)
