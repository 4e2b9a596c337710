"""Alerts when several are at it at once: two clocks raise one, two people acknowledge one, a rule goes meanwhile."""

import pytest

from auctions.lifecycle import AlertState
from auctions.models import Alert, AlertMail, AlertRule
from auctions.operations.operator.retire_alert_rule import retire_alert_rule
from auctions.operations.sweeps.watch_alerts import watch_alerts
from auctions.rules.alerts import MOST_RULES
from auctions.tasks import run_stage
from backstop import clock
from backstop.errors import DomainError
from backstop.models import Event, Venue
from tests import market
from tests.alerts import WHY, a_rule, acknowledge, trip, watch
from tests.builders import perform
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue() -> Venue:
    return market.a_market()


def held_for_long(venue: Venue) -> AlertRule:
    """A rule whose condition holds for long enough, and that is due."""
    rule = a_rule(venue, mail_to=["risk@venue.example"])
    trip(venue)
    watch()
    AlertRule.objects.update(holds_since=clock.now().replace(year=2020), look_at=clock.now())
    return rule


def test_two_clocks_at_once_raise_one_alert_and_one_mail(venue):
    rule = held_for_long(venue)
    together(*[lambda: run_stage("watch_alerts")] * 4, *[lambda: perform(watch_alerts, ids=[rule.id])] * 4)
    assert Alert.objects.count() == AlertMail.objects.count() == 1
    assert Event.objects.filter(kind="alert_raised").count() == 1


def test_of_two_who_acknowledge_at_once_one_does_and_the_other_is_told_who(venue):
    held_for_long(venue)
    watch()
    alert = Alert.objects.get()
    outcomes = together(*[lambda who=who: acknowledge(alert, who) for who in ("user:olivia", "user:pat")])
    (refused,) = [each for each in outcomes if isinstance(each, DomainError)]
    alert.refresh_from_db()
    assert alert.state == AlertState.ACKNOWLEDGED
    assert refused.refusal.code == "alert_not_raised"
    assert alert.acknowledged_by in refused.message


def test_a_rule_that_is_retired_while_it_is_looked_at_leaves_no_alert_under_way(venue):
    rule = held_for_long(venue)
    retire = {"venue_id": venue.id, "rule_id": rule.id, "reason": WHY}
    together(lambda: perform(watch_alerts, ids=[rule.id]), lambda: perform(retire_alert_rule, **retire))
    assert set(Alert.objects.values_list("state", flat=True)) <= {AlertState.ENDED}


def test_no_two_add_a_rule_too_many(venue):
    for n in range(MOST_RULES - 1):
        a_rule(venue, threshold=str(n + 1))
    outcomes = together(*[lambda: a_rule(venue)] * 3)
    assert sum(isinstance(each, DomainError) for each in outcomes) == 2
    assert AlertRule.objects.count() == MOST_RULES
