"""Somebody acknowledges an alert, by name: the first of several, while it lasts."""

import pytest

from auctions.lifecycle import AlertState
from auctions.operations.operator.acknowledge_alert import acknowledge_alert
from backstop.errors import DomainError
from tests import builders as build
from tests.alerts import WHY, acknowledge, raised, reset, watch
from tests.builders import perform

pytestmark = pytest.mark.django_db


def test_it_says_who_has_seen_it_and_why_that_is_enough(venue, travel):
    alert = acknowledge(raised(venue, travel), reason="the feed is being restarted")
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "user:olivia")
    assert alert.acknowledged_for == "the feed is being restarted"


def test_the_second_is_told_who_was_first(venue, travel):
    alert = acknowledge(raised(venue, travel))
    with pytest.raises(DomainError, match="was acknowledged by user:olivia at ") as caught:
        acknowledge(alert, "user:pat")
    assert caught.value.refusal.code == "alert_not_raised"


def test_what_has_ended_is_nobodys_to_acknowledge(venue, travel):
    alert = raised(venue, travel)
    reset()
    travel(seconds=10)
    watch()
    with pytest.raises(DomainError, match="the alert ended at "):
        acknowledge(alert)


def test_what_is_another_venues_is_unknown_and_without_a_reason_nothing_is_done(venue, travel):
    alert = raised(venue, travel)
    with pytest.raises(DomainError, match="no such alert"):
        perform(acknowledge_alert, venue_id=build.a_venue("elsewhere").id, alert_id=alert.id, reason=WHY)
    with pytest.raises(DomainError) as caught:
        acknowledge(alert, reason="\n")
    assert caught.value.refusal.code == "reason_missing"
    alert.refresh_from_db()
    assert alert.state == AlertState.RAISED
