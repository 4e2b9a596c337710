"""What nobody paid of a loss event is shared out over accounts of the venue that gained."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.allocations import allocate, allocation_of, find_allocated, share_out
from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, require_movable
from accounts.desks.loss_locks import lock_loss_event
from accounts.models import LossAllocation
from accounts.queries import sum_allocatable
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.positions import AllocationKind, SuppliedAccount
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import from_smallest


@operation
@by_two(unmeasured)
def allocate_cash(
    *,
    venue_id: UUID,
    loss_event_id: UUID,
    asset: str,
    quantity: Decimal,
    accounts: Sequence[SuppliedAccount],
    reference: str,
    reason: str,
) -> LossAllocation:
    """Have these accounts give so much (> 0) of an asset, at most what each gained (its `quantity`, no more
    than its `profit`), by the method of the plan that the event opened with; once for each reference. Each of them is
    to be confirmed.

    Raises `reason_missing`, `asset_unknown`, `loss_event_unknown`, `allocation_not_planned`, `amount_not_movable`,
    `allocation_refused`, `allocation_excessive`, `reference_reused`, `person_unknown`.
    """
    reason = require_reason(reason)
    row = find_asset(venue_id, asset)
    event = lock_loss_event(venue_id, loss_event_id)
    require_movable(quantity, row)
    if quantity < 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error("only what is above zero is allocated")
    said: dict[str, Any] = {"reference": reference, "reason": reason, "quantity": quantity, "asset": row}
    allocation = allocation_of(event, clock.now(), kind=AllocationKind.CASH.value, **said)
    fills = share_out(allocation, from_smallest(1, row.scale), accounts)
    known = find_allocated(allocation, fills)
    return known or allocate(allocation, fills, accounts, sum_allocatable(event.id, row.id))
