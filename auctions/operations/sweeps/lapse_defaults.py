"""What was declared of a provider and confirmed by nobody else in time lapses: its money is its own again."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.defaults import event_of_default
from accounts.events import DefaultLapsed
from accounts.lifecycle import DefaultState
from accounts.models import ProviderDefault
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def lapse_defaults(*, ids: Sequence[UUID]) -> int:
    """Let those of these lapse that are declared and whose time is over; how many there were."""
    now = clock.now()
    late = ProviderDefault.objects.filter(id__in=ids, state=DefaultState.DECLARED, confirm_by__lte=now)
    defaults = lock_rows(Lock.DEFAULT_ROW, late)
    for default in defaults:
        default.move_to(DefaultState.LAPSED, now)
    save_changes(defaults)
    record_events([event_of_default(default, DefaultLapsed) for default in defaults])
    return len(defaults)
