"""A provider says that a fault was none of its own, and why: then an arbiter decides."""

from uuid import UUID

from accounts.rules.reasons import require_reason
from auctions.desks.faults import contest, is_over, lock_fault
from auctions.lifecycle import FaultState
from auctions.models import ProviderFault
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
def contest_fault(*, venue_id: UUID, provider_id: UUID, fault_id: UUID, reason: str) -> ProviderFault:
    """Contest it. The same again answers the same.

    Raises `fault_unknown`, `fault_not_contestable`, `reason_missing`.
    """
    reason = require_reason(reason)
    fault = lock_fault(venue_id, fault_id, provider_id)
    if fault.state == FaultState.CONTESTED and fault.contest_reason == reason:
        return fault
    now = clock.now()
    if fault.state != FaultState.CONTESTABLE or is_over(fault, fault.contest_until, now):
        raise AuctionRefusal.FAULT_NOT_CONTESTABLE.error()
    contest(fault, reason, now)
    return fault
