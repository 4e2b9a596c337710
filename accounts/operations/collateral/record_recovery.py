"""Something comes back of what a loss event cost: who paid last is made whole first."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, find_done, require_movable, stake_of_move, subject_of
from accounts.desks.loss_locks import lock_loss_event
from accounts.desks.recoveries import RecoveryDesk
from accounts.models import LossRecovery
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation

RECOVERY = "recovery"


def _at_stake(
    *, venue_id: UUID, loss_event_id: UUID, asset: str, amount: Decimal, reference: str, reason: str
) -> Stake | None:
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope=RECOVERY, reference=reference, comes_in=True
    )


@operation
@by_two(_at_stake)
def record_recovery(
    *, venue_id: UUID, loss_event_id: UUID, asset: str, amount: Decimal, reference: str, reason: str
) -> LossRecovery:
    """Give so much (> 0) of an asset that came in through the venue back to who paid for the event, once by reference.
    What somebody is called for and has not paid is lowered by what comes back of it.

    Raises `reason_missing`, `loss_event_unknown`, `asset_unknown`, `amount_not_movable`, `recovery_excessive`,
    `reference_reused`, `person_unknown`.
    """
    reason = require_reason(reason)
    row = find_asset(venue_id, asset)
    event = lock_loss_event(venue_id, loss_event_id)
    recovery = LossRecovery(
        id=subject_of(venue_id, RECOVERY, reference),
        loss_event=event,
        asset=row,
        amount=amount,
        reference=reference,
        reason=reason,
    )
    if known := find_done(LossRecovery, recovery.id, loss_event_id=event.id, asset_id=row.id, amount=amount):
        return known
    if amount < 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error("only what is above zero comes back")
    require_movable(amount, row)
    desk = RecoveryDesk(event, row, clock.now())
    desk.give_back(recovery)
    desk.write()
    return recovery
