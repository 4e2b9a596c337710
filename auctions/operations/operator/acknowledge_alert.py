"""Somebody has seen an alert, and says so by name: others leave it to them."""

from uuid import UUID

from accounts.rules.reasons import require_reason
from auctions.events import AlertAcknowledged
from auctions.lifecycle import AlertState
from auctions.models import Alert
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import current_actor, operation


@operation
def acknowledge_alert(*, venue_id: UUID, alert_id: UUID, reason: str) -> Alert:
    """Acknowledge it, as who acts. Of two the first does, and the other is told who that was.

    Raises `reason_missing`, `alert_unknown`, `alert_not_raised`.
    """
    reason = require_reason(reason)
    alert = lock_row(Lock.ALERT_ROW, Alert.objects.filter(venue=venue_id, id=alert_id).select_related("rule"))
    if alert is None:
        raise AuctionRefusal.ALERT_UNKNOWN.error()
    if alert.state != AlertState.RAISED:
        raise AuctionRefusal.ALERT_NOT_RAISED.error(f"the alert {alert.what_became}")
    alert.acknowledge(current_actor(), reason, clock.now())
    save_changes([alert])
    told = AlertAcknowledged(
        venue_id=venue_id,
        subject_id=alert.id,
        condition=alert.rule.condition,
        who=alert.acknowledged_by,
        reason=reason,
    )
    record_events([told])
    return alert
