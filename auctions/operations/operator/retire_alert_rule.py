"""A rule of alerts is not looked at any more; what it raised ends."""

from uuid import UUID

from accounts.rules.reasons import require_reason
from auctions.desks.alerts import AlertDesk
from auctions.models import AlertRule
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
def retire_alert_rule(*, venue_id: UUID, rule_id: UUID, reason: str) -> AlertRule:
    """Retire it. Raises `reason_missing`, `alert_rule_unknown`."""
    reason = require_reason(reason)
    desk = AlertDesk.of(AlertRule.objects.filter(venue=venue_id, id=rule_id), clock.now())
    if not desk.rules:
        raise AuctionRefusal.ALERT_RULE_UNKNOWN.error()
    (rule,) = desk.rules
    desk.retire(rule, reason)
    desk.write()
    return rule
