"""Of whom nothing more is heard in time, the bids are taken back, as its provider would by its own hand."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.taking_back import trip
from auctions.models import CancelSwitch
from auctions.queries import list_batch_ends
from backstop import clock
from backstop.database import kept_alive
from backstop.locks import Lock, lock_rows
from backstop.transactions import operation


@operation
@kept_alive()
def trip_cancel_switches(*, ids: Sequence[UUID]) -> int:
    """Trip those of these switches whose time is over; how many there were. One by itself takes back no more than a
    batch, and is due for the rest."""
    due = CancelSwitch.objects.filter(id__in=ids, cancels_at__lte=clock.now()).select_related("provider")
    switches = lock_rows(Lock.CANCEL_SWITCH_ROW, due)
    if len(switches) != 1:
        return trip(switches)
    (switch,) = switches
    ends = list_batch_ends(switch.provider_id, switch.looked_past)
    return trip(switches, switch.looked_past, ends[0] if ends else None)
