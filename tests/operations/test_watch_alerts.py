"""A rule raises an alert once its condition has held for its minutes, and ends it once that does not hold any more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auctions.desks import readings
from auctions.lifecycle import AlertState
from auctions.models import Alert, AlertMail, AlertRule
from auctions.operations.operator.retire_alert_rule import retire_alert_rule
from auctions.rules.alerts import CONDITIONS
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event, Venue
from tests import builders as build
from tests import market
from tests.alerts import WHY, a_rule, acknowledge, raised, reset, trip, watch
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel) -> Venue:
    return market.a_market(travel)


def states(venue: Venue) -> list[str]:
    return list(Alert.objects.filter(venue=venue).order_by("raised_at").values_list("state", flat=True))


def test_it_is_raised_at_its_threshold_and_not_below(venue, travel):
    a_rule(venue, threshold="2")
    trip(venue)
    watch()
    travel(minutes=2)
    watch()
    assert states(venue) == []
    trip(venue, "COINS")
    travel(seconds=10)
    watch()
    travel(minutes=1)
    watch()
    assert Alert.objects.get().value == 2


def test_it_is_raised_after_its_minutes_exactly(venue, travel):
    rule = a_rule(venue, minutes=3)
    trip(venue)
    watch()
    rule.refresh_from_db()
    travel.to(rule.holds_since + timedelta(minutes=3) - timedelta(microseconds=1))
    watch()
    assert states(venue) == []
    travel(microseconds=1)
    watch()
    assert states(venue) == [AlertState.RAISED]
    assert Alert.objects.get().text == "breakers in force: 1 (the rule: breakers in force: 1 or more for 3 minutes)"


def test_what_held_for_too_short_begins_anew(venue, travel):
    a_rule(venue, minutes=1)
    trip(venue)
    watch()
    travel(seconds=50)
    reset()
    watch()
    trip(venue)
    travel(seconds=10)
    watch()
    travel(seconds=59)
    watch()
    assert states(venue) == []
    travel(seconds=1)
    watch()
    assert states(venue) == [AlertState.RAISED]


def test_it_ends_below_the_threshold_whether_or_not_somebody_has_seen_it(venue, travel):
    raised(venue, travel)
    acknowledge(raised(venue, travel))
    travel(seconds=10)
    watch()
    assert states(venue) == [AlertState.RAISED, AlertState.ACKNOWLEDGED]
    reset()
    travel(seconds=10)
    watch()
    assert states(venue) == [AlertState.ENDED, AlertState.ENDED]


def test_what_flaps_is_one_alert_and_one_mail_for_each_time_that_it_held_long_enough(venue, travel):
    a_rule(venue, minutes=1, mail_to=["risk@venue.example"])
    for looks in (5, 6, 60):
        trip(venue)
        watch()
        for _ in range(looks):
            travel(seconds=10)
            watch()
        reset()
        travel(seconds=10)
        watch()
        travel(seconds=10)
    assert states(venue) == [AlertState.ENDED, AlertState.ENDED]
    assert AlertMail.objects.count() == 2


def test_it_tells_its_venue_and_nobody_else_what_became_of_it(venue, travel):
    alert = acknowledge(raised(venue, travel))
    reset()
    travel(seconds=10)
    watch()
    told = Event.objects.filter(subject_id=alert.id).order_by("id")
    assert [(each.kind, each.visibility, each.venue_id) for each in told] == [
        ("alert_raised", "VENUE", venue.id),
        ("alert_acknowledged", "VENUE", venue.id),
        ("alert_ended", "VENUE", venue.id),
    ]
    said = {"condition": "BREAKERS", "asset": None, "value": "1", "threshold": "1", "minutes": 1}
    assert told[0].payload == said
    assert told[1].payload == {"condition": "BREAKERS", "who": "user:olivia", "reason": WHY}


def test_a_rule_goes_by_its_own_venue_alone(venue, travel):
    elsewhere = build.a_venue("elsewhere")
    a_rule(elsewhere)
    raised(venue, travel)
    assert states(elsewhere) == []


def test_a_rule_that_is_retired_raises_nothing_and_ends_what_it_raised(venue, travel):
    alert = raised(venue, travel)
    perform(retire_alert_rule, venue_id=venue.id, rule_id=alert.rule_id, reason=WHY)
    assert states(venue) == [AlertState.ENDED]
    travel(minutes=10)
    assert run_stage("watch_alerts") == 0
    assert states(venue) == [AlertState.ENDED]


def test_rules_are_looked_at_together_every_full_ten_seconds_and_no_sooner(venue, travel):
    for late in (3, 4):
        travel.to(datetime(2030, 1, 1, second=late, tzinfo=UTC))
        a_rule(venue)
        assert run_stage("watch_alerts") == 1
    travel.to(datetime(2030, 1, 1, second=9, microsecond=999_999, tzinfo=UTC))
    assert run_stage("watch_alerts") == 0
    for second in (10, 20):
        travel.to(datetime(2030, 1, 1, second=second, tzinfo=UTC))
        assert run_stage("watch_alerts") == 2
        assert run_stage("watch_alerts") == 0


def test_a_rule_that_is_too_dear_is_passed_over_and_the_others_are_looked_at(venue, travel, monkeypatch):
    dear = a_rule(venue, "BOOKS_UNDER_WAY")

    def take_long(venue_id, now):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(1)")

    monkeypatch.setattr(readings, "_READ_BY", {**readings._READ_BY, "BOOKS_UNDER_WAY": take_long})
    raised(venue, travel)
    dear.refresh_from_db()
    assert (dear.parked_reason, dear.holds_since) == ("", None)
    assert states(venue) == [AlertState.RAISED]


def test_fifty_rules_cost_no_more_queries_than_one_each(venue, travel, django_assert_num_queries):
    for condition, counted in CONDITIONS.items():
        a_rule(venue, condition, asset="USD" if counted.is_amount else None)
    with CaptureQueriesContext(connection) as first:
        watch()
    AlertRule.objects.update(look_at=clock.now())
    for n in range(50 - len(CONDITIONS)):
        a_rule(venue, threshold=str(n + 1))
    with django_assert_num_queries(len(first)):
        watch()


def test_a_rule_that_cannot_be_read_stands_aside_and_the_others_are_looked_at(venue, travel, monkeypatch):
    broken = a_rule(venue, "BOOKS_UNDER_WAY")

    def fail(venue_id, now):
        raise ZeroDivisionError

    reading = {**readings._READ_BY, "BOOKS_UNDER_WAY": fail}
    monkeypatch.setattr(readings, "_READ_BY", reading)
    raised(venue, travel)
    broken.refresh_from_db()
    assert "ZeroDivisionError" in broken.parked_reason
    assert states(venue) == [AlertState.RAISED]
    monkeypatch.undo()
    travel(minutes=1)
    watch()
    broken.refresh_from_db()
    assert (broken.retry_at, broken.parked_reason) == (None, "")
