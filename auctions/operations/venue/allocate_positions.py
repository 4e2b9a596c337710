"""What nobody took of a loss event's books is closed against accounts of the venue on the other side."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.allocations import allocate, allocation_of, find_allocated, share_out
from accounts.desks.approvals import by_two
from accounts.desks.loss_locks import lock_loss_event
from accounts.models import LossAllocation
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.positions import AllocationKind, SuppliedAccount
from auctions.desks.returned import sum_unplaced
from auctions.models import Side
from backstop import clock
from backstop.models import Instrument
from backstop.refusals import GroundRefusal
from backstop.transactions import operation
from backstop.values.amounts import STORED_SCALE, AmountRefused, require_takeable


@operation
@by_two(unmeasured)
def allocate_positions(
    *,
    venue_id: UUID,
    loss_event_id: UUID,
    instrument: str,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    accounts: Sequence[SuppliedAccount],
    reference: str,
    reason: str,
) -> LossAllocation:
    """Close so much (> 0) of positions of this side, which went back to the venue, against these accounts, which hold
    the other side, at a price (> 0), by the method of the plan that the event opened with; once for each reference.
    Each of them is to be confirmed.

    Raises `reason_missing`, `instrument_unknown`, `loss_event_unknown`, `allocation_not_planned`,
    `allocation_refused`, `allocation_excessive`, `reference_reused`, `person_unknown`.
    """
    reason = require_reason(reason)
    row = Instrument.objects.filter(venue=venue_id, symbol=instrument).select_related("settlement_asset").first()
    if row is None:
        raise GroundRefusal.INSTRUMENT_UNKNOWN.error(pointer="/instrument")
    event = lock_loss_event(venue_id, loss_event_id)
    _require_positive(price, "price")
    _require_positive(quantity, "quantity")
    said: dict[str, Any] = {
        "side": side,
        "price": price,
        "quantity": quantity,
        "reference": reference,
        "reason": reason,
    }
    said |= {"asset": row.settlement_asset, "instrument": row}
    allocation = allocation_of(event, clock.now(), kind=AllocationKind.POSITION.value, **said)
    fills = share_out(allocation, row.quantity_step, accounts)
    known = find_allocated(allocation, fills)
    return known or allocate(allocation, fills, accounts, sum_unplaced(event.id, row.id, side))


def _require_positive(amount: Decimal, name: str) -> None:
    try:
        require_takeable(amount, STORED_SCALE, name)
    except AmountRefused as refused:
        raise AccountRefusal.ALLOCATION_REFUSED.error(str(refused), pointer=f"/{name}") from refused
    if amount <= 0:
        raise AccountRefusal.ALLOCATION_REFUSED.error(f"the {name} is above zero", pointer=f"/{name}")
