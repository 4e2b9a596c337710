"""A rule is retired once, by its venue, for a reason."""

import pytest

from auctions.operations.operator.retire_alert_rule import retire_alert_rule
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests.alerts import WHY, a_rule
from tests.builders import perform

pytestmark = pytest.mark.django_db


def test_it_is_retired_once_and_told(venue):
    rule = a_rule(venue)
    retired = perform(retire_alert_rule, venue_id=venue.id, rule_id=rule.id, reason=WHY)
    assert retired.retired_at is not None
    told = Event.objects.get(kind="alert_rule_retired")
    assert told.payload == {"rule": "breakers in force: 1 or more for 1 minute", "reason": WHY}
    with pytest.raises(DomainError, match="no such rule in use"):
        perform(retire_alert_rule, venue_id=venue.id, rule_id=rule.id, reason=WHY)


def test_another_venue_retires_nothing_and_nobody_without_a_reason(venue):
    rule = a_rule(venue)
    with pytest.raises(DomainError, match="no such rule in use"):
        perform(retire_alert_rule, venue_id=build.a_venue("elsewhere").id, rule_id=rule.id, reason=WHY)
    with pytest.raises(DomainError) as caught:
        perform(retire_alert_rule, venue_id=venue.id, rule_id=rule.id, reason=" ")
    assert caught.value.refusal.code == "reason_missing"
    rule.refresh_from_db()
    assert rule.retired_at is None
