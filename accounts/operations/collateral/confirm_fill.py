"""The venue says that an account gives what was allocated to it of a loss."""

from uuid import UUID

from accounts.desks.allocations import lock_fill, require_waiting, said_of_fill
from accounts.desks.journal import Journal, venue_accounts
from accounts.events import AllocationConfirmed
from accounts.lifecycle import AllocationFillState
from accounts.models import AccountKind, AllocationFill, Purpose
from accounts.queries import sum_unpaid
from accounts.rules.sharing.positions import AllocationKind
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def confirm_fill(*, venue_id: UUID, fill_id: UUID) -> AllocationFill:
    """Take it: of CASH no more than nobody has paid by now, which comes in through the venue. Again it changes nothing.

    Raises `allocation_fill_unknown`, `allocation_fill_decided`.
    """
    fill = lock_fill(venue_id, fill_id)
    if fill.state == AllocationFillState.CONFIRMED:
        return fill
    now = clock.now()
    require_waiting(fill, now)
    allocation, taken = fill.allocation, fill.allocated
    if allocation.kind == AllocationKind.CASH:
        taken = min(taken, sum_unpaid(allocation.loss_event_id, allocation.asset_id))
    fill.confirm(taken, now)
    save_changes([fill])
    record_events([AllocationConfirmed(**said_of_fill(fill), taken=taken)])
    if allocation.kind == AllocationKind.CASH and taken:
        accounts = venue_accounts(venue_id, allocation.asset)
        clearing, losses = accounts[AccountKind.CLEARING], accounts[AccountKind.LOSSES]
        journal = Journal.opened([clearing, losses])
        journal.move(clearing, losses, taken, Purpose.LOSS_ALLOCATED, fill.id)
        journal.write()
    return fill
