"""In mode CONFIRM the venue says that an award cannot be settled, why, and whose fault that is."""

from uuid import UUID

from accounts.desks.approvals import by_people, by_two, names_of_deciders
from accounts.rules.reasons import require_reason
from auctions.desks.breakers import hold_breakers
from auctions.desks.participants import ParticipantDesk
from auctions.desks.settlements import fail_settlements, lock_settlement, require_awaiting, stake_of_word
from auctions.lifecycle import SettlementState
from auctions.models import AtFault, Settlement
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(by_people(stake_of_word))
def reject_settlement(*, venue_id: UUID, settlement_id: UUID, reason: str, fault: AtFault) -> Settlement:
    """The venue cannot settle it. The same again answers the same.

    Raises `settlement_unknown`, `settlement_decided`, `settlement_expired`, `reason_missing`.
    """
    reason = require_reason(reason)
    hold_breakers([venue_id])
    settlement = lock_settlement(venue_id, settlement_id)
    if settlement.state == SettlementState.REJECTED and (settlement.reason, settlement.fault) == (reason, fault):
        return settlement
    now = clock.now()
    require_awaiting(settlement, now)
    participants = ParticipantDesk.of_lot(settlement.award.step.lot_id)
    settlement.reject(reason, fault, now)
    fail_settlements([settlement], now, participants, names_of_deciders())
    return settlement
