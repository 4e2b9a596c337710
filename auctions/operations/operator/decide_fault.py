"""An arbiter, who is neither party, decides whether a fault that is contested stands."""

from uuid import UUID

from accounts.rules.reasons import require_reason
from auctions.desks.faults import Ending, end_all, is_over, lock_fault, require_no_party
from auctions.lifecycle import FaultState
from auctions.models import ProviderFault
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
def decide_fault(*, venue_id: UUID, fault_id: UUID, stands: bool, reason: str) -> ProviderFault:
    """Decide it. The same again answers the same.

    Raises `fault_unknown`, `fault_not_contested`, `reason_missing`, and `person_unknown` or `approval_same_person`
    where whoever decides may be of a party.
    """
    reason = require_reason(reason)
    fault = lock_fault(venue_id, fault_id)
    state = FaultState.UPHELD if stands else FaultState.DISMISSED
    if (fault.state, fault.decision_reason) == (state, reason):
        return fault
    now = clock.now()
    if fault.state != FaultState.CONTESTED or is_over(fault, fault.decide_until, now):
        raise AuctionRefusal.FAULT_NOT_CONTESTED.error()
    fault.decide(require_no_party(fault))
    end_all([Ending(fault, state, reason)], now)
    return fault
