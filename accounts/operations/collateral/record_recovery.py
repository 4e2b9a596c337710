"""Something comes back of what a loss event cost: who paid last is made whole first."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, require_movable, stake_of_move, subject_of
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_layers import LossLayers
from accounts.desks.loss_sharing import lock_loss_event
from accounts.events import LossRecovered, LossReturned
from accounts.models import AccountKind, LossRecovery, LossReturn, Purpose
from accounts.queries import sum_returnable
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.losses import allocate
from accounts.rules.sharing.plans import LayerKind, layers_to_return
from backstop.locks import Lock, lock
from backstop.record import record_events
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
    lock(Lock.REFERENCE, [recovery.id])
    if known := LossRecovery.objects.filter(id=recovery.id).first():
        if (known.loss_event_id, known.asset_id, known.amount) != (event.id, row.id, amount):
            raise AccountRefusal.REFERENCE_REUSED.error()
        return known
    if amount < 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error("only what is above zero comes back")
    require_movable(amount, row)
    _give_back(recovery, LossLayers([event.id]))
    return recovery


def _give_back(recovery: LossRecovery, layers: LossLayers) -> None:
    event, asset = layers.events[recovery.loss_event_id], recovery.asset
    of_venue = venue_accounts(event.venue_id, asset)
    of_providers = (layers.defaulters, layers.contributions, layers.collateral, layers.insurers)
    journal = Journal.opened([*of_venue.values(), *(each for found in of_providers for each in found.values())])
    layers.count_in(journal, {asset.id: of_venue})
    ranked = layers_to_return(event.planned.layers, sum_returnable(event.id, asset.id))
    allocation = allocate(recovery.amount, ranked, asset.scale)
    if allocation.unallocated:
        raise AccountRefusal.RECOVERY_EXCESSIVE.error()
    returns = [
        LossReturn(recovery=recovery, layer=payment.layer, amount=amount, **_whose(payment.layer, whose))
        for payment in allocation.paid
        for whose, amount in payment.shares
        if amount
    ]
    for each in returns:
        if each.fill_id:
            continue  # it is for an account of the venue: in and out by one door
        filled = of_venue[AccountKind.LOSSES]
        if each.layer != LayerKind.UNALLOCATED:
            filled = layers.account_of(event, asset, LayerKind(each.layer), each.provider_id)
        journal.move(of_venue[AccountKind.CLEARING], filled, each.amount, Purpose.RECOVERED, recovery.id)
    recovery.save(force_insert=True)
    LossReturn.objects.bulk_create(returns)
    _tell(recovery, returns)
    journal.write()


def _whose(layer: str, whose: UUID | None) -> dict[str, UUID | None]:
    return {"fill_id" if layer == LayerKind.LOSS_ALLOCATION else "provider_id": whose}


def _tell(recovery: LossRecovery, returns: list[LossReturn]) -> None:
    whose = {"venue_id": recovery.loss_event.venue_id, "subject_id": recovery.loss_event_id}
    asset = recovery.asset.code
    record_events(
        [
            LossRecovered(
                **whose,
                recovery=recovery.id,
                asset=asset,
                amount=recovery.amount,
                reference=recovery.reference,
                reason=recovery.reason,
            ),
            *(
                LossReturned(
                    **whose,
                    provider_id=each.provider_id,
                    recovery=recovery.id,
                    layer=each.layer,
                    asset=asset,
                    amount=each.amount,
                    fill=each.fill_id,
                )
                for each in returns
            ),
        ]
    )
