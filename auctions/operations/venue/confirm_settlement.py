"""In mode CONFIRM the venue says that an award can be settled."""

from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from auctions.desks.settlements import lock_settlement, require_awaiting, stake_of_word
from auctions.events import AwardConfirmed
from auctions.lifecycle import SettlementState
from auctions.models import Settlement
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(by_people(stake_of_word))
def confirm_settlement(*, venue_id: UUID, settlement_id: UUID, reason: str = "") -> Settlement:
    """The venue can settle it. The same again answers the same.

    Raises `settlement_unknown`, `settlement_decided`, `settlement_expired`.
    """
    settlement = lock_settlement(venue_id, settlement_id)
    if settlement.state in (SettlementState.CONFIRMED, SettlementState.SETTLED):
        return settlement
    now = clock.now()
    require_awaiting(settlement, now)
    settlement.move_to(SettlementState.CONFIRMED, now)
    save_changes([settlement])
    confirmed = AwardConfirmed(
        venue_id=venue_id,
        subject_id=settlement.id,
        provider_id=settlement.award.provider_id,
        award=settlement.award_id,
        reason=reason,
    )
    record_events([confirmed])
    return settlement
