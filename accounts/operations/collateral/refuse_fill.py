"""The venue says that an account gives nothing of what was allocated to it of a loss."""

from uuid import UUID

from accounts.desks.allocations import lock_fill, require_waiting, said_of_fill
from accounts.events import AllocationRefused
from accounts.lifecycle import AllocationFillState
from accounts.models import AllocationFill
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def refuse_fill(*, venue_id: UUID, fill_id: UUID, reason: str) -> AllocationFill:
    """Take nothing of it, so that it may be allocated anew. The same again answers the same.

    Raises `reason_missing`, `allocation_fill_unknown`, `allocation_fill_decided`.
    """
    reason = require_reason(reason)
    fill = lock_fill(venue_id, fill_id)
    if (fill.state, fill.state_reason) == (AllocationFillState.REFUSED, reason):
        return fill
    now = clock.now()
    require_waiting(fill, now)
    fill.refuse(reason, now)
    save_changes([fill])
    record_events([AllocationRefused(**said_of_fill(fill), reason=reason)])
    return fill
