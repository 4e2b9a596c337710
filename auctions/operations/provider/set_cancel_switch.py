"""A provider says that it is there: after so many seconds in which it does not, its bids are taken back."""

from uuid import UUID

from auctions.desks.taking_back import trip
from auctions.events import CancelSwitchArmed, CancelSwitchEnded
from auctions.models import CancelSwitch
from backstop import clock
from backstop.events import OwnEvent
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def set_cancel_switch(*, provider_id: UUID, seconds: int, past: int = 0) -> CancelSwitch:
    """Arm or renew it, for so many seconds from now on; 0 ends it. One that is due by now trips before, for the bids
    past this sequence."""
    new = CancelSwitch(provider_id=provider_id, heard_at=clock.now())
    CancelSwitch.objects.bulk_create([new], ignore_conflicts=True)
    its_own = CancelSwitch.objects.filter(provider=provider_id).select_related("provider")
    (switch,) = lock_rows(Lock.CANCEL_SWITCH_ROW, its_own)
    if switch.is_due(clock.now()):
        trip([switch], max(past, switch.looked_past))
    was_armed = switch.cancels_at is not None
    switch.hear(seconds, clock.now())
    save_changes([switch])
    if was_armed != bool(seconds):
        record_events([_told(switch)])
    return switch


def _told(switch: CancelSwitch) -> OwnEvent:
    whose = {"venue_id": switch.provider.venue_id, "subject_id": switch.id, "provider_id": switch.provider_id}
    if switch.cancels_at is None:
        return CancelSwitchEnded(**whose)
    return CancelSwitchArmed(**whose, cancels_at=switch.cancels_at)
