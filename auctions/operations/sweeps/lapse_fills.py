"""What was allocated of a loss, and neither confirmed nor refused in time, lapses: it may be allocated anew."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.allocations import said_of_fill
from accounts.desks.loss_locks import lock_losses
from accounts.events import AllocationLapsed
from accounts.lifecycle import AllocationFillState
from accounts.models import AllocationFill
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def lapse_fills(*, ids: Sequence[UUID]) -> int:
    """Let those of these lapse whose time is over; how many there were."""
    lock_losses(list(AllocationFill.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    waiting = AllocationFill.objects.filter(id__in=ids, state=AllocationFillState.ALLOCATED)
    late = list(waiting.filter(allocation__confirm_by__lte=now).select_related("allocation__asset"))
    for fill in late:
        fill.move_to(AllocationFillState.LAPSED, now)
    save_changes(late)
    record_events([AllocationLapsed(**said_of_fill(fill)) for fill in late])
    return len(late)
