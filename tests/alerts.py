"""Rules of alerts, and what they are about, for tests: a venue's breaker is the condition that is quickest to make."""

from decimal import Decimal
from typing import Any

from auctions.models import Alert, AlertRule, Breaker
from auctions.operations.operator.acknowledge_alert import acknowledge_alert
from auctions.operations.operator.add_alert_rule import add_alert_rule
from auctions.rules.breaker import Level
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.builders import perform

WHY = "somebody has to know"


def a_rule(venue: Venue, condition: str = "BREAKERS", threshold: str = "1", **fields: Any) -> AlertRule:
    said = {"minutes": 1, "reason": WHY, **fields}
    rule: AlertRule = perform(
        add_alert_rule, venue_id=venue.id, condition=condition, threshold=Decimal(threshold), **said
    )
    return rule


def trip(venue: Venue, code: str | None = None) -> Breaker:
    """A breaker in force: of the venue, or of a product group with this code."""
    group = build.a_group_of_products(venue, code) if code else None
    said = {"level": Level.NO_BIDS, "reason": "marks are wrong", "who": "test", "tripped_at": clock.now()}
    return Breaker.objects.update_or_create(venue=venue, product_group=group, auction=None, defaults=said)[0]


def reset() -> None:
    """No breaker is in force any more."""
    Breaker.objects.update(level=Level.ALL)


def watch() -> None:
    """As the clock does: whatever is due."""
    market.sweep("watch_alerts")


def raised(venue: Venue, travel: Any, **fields: Any) -> Alert:
    """An alert that a rule raised just now."""
    rule = a_rule(venue, **fields)
    trip(venue)
    watch()
    travel(minutes=1)
    watch()
    return Alert.objects.get(rule=rule)


def acknowledge(alert: Alert, who: str = "user:olivia", reason: str = WHY) -> Alert:
    found: Alert = perform(acknowledge_alert, actor=who, venue_id=alert.venue_id, alert_id=alert.id, reason=reason)
    return found
