"""What comes back of a loss event: who paid last is made whole first; and what providers pay late of what they were
called for, which makes whole who bears it instead.

Guarantees that nobody has back more than it bears, and that nobody is to pay what came back already.
"""

from collections import defaultdict
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.loss_sharing import SharingDesk, said_of
from accounts.events import AssessmentLowered, AssessmentPaid, LossRecovered, LossReturned
from accounts.lifecycle import AssessmentState
from accounts.models import AccountKind, Assessment, LossEvent, LossRecovery, LossReturn, Purpose
from accounts.queries import list_owed, list_paid_by_covers, sum_returnable
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.assessments import Call, Lowered, lower_calls
from accounts.rules.sharing.losses import allocate
from accounts.rules.sharing.plans import LayerKind, layers_to_return
from backstop.events import DomainEvent
from backstop.models import Asset
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total

PAID_LATE = "paid late of what it was called for"

_Returned = MutableMapping[tuple[str, UUID | None], Decimal]  # by layer, and by provider or account's part
_NOBODYS = (LayerKind.UNALLOCATED.value, None)


class RecoveryDesk:
    """One recovery of an event in an asset, at an instant; its venue's losses are locked."""

    @requires_transaction
    def __init__(self, event: LossEvent, asset: Asset, at: datetime) -> None:
        self._asset, self._at = asset, at
        self._sharing = SharingDesk([event.id], at)
        self._layers = layers = self._sharing.layers
        self._event = layers.events[event.id]
        of_providers = (layers.defaulters, layers.contributions, layers.collateral, layers.insurers)
        self._journal = self._sharing.open([asset], *of_providers)
        calls = Assessment.objects.filter(obligation__loss_event=event, asset=asset)
        self._calls = list(calls.select_related("asset", "obligation").order_by("provider"))
        self._recoveries: list[LossRecovery] = []
        self._returns: list[LossReturn] = []
        self._told: list[DomainEvent] = []

    def give_back(self, recovery: LossRecovery) -> None:
        """It came in through the venue. Raises `recovery_excessive`."""
        if self._share(recovery, self._layers.accounts[self._asset.id][AccountKind.CLEARING]):
            raise AccountRefusal.RECOVERY_EXCESSIVE.error()

    def pay_late(self, assessment_id: UUID, *, of_contribution: bool = False) -> Assessment | None:
        """Have paid of an assessment that is overdue what its provider has free of its collateral, or of what it
        contributed, at most what it owes: the assessment, or None where that is nothing."""
        (assessment,) = [each for each in self._calls if each.id == assessment_id]
        accounts = self._layers.contributions if of_contribution else self._layers.collateral
        source = accounts.get((assessment.provider_id, assessment.asset_id))
        if source is None or self._journal.free(source) <= 0:
            return None
        amount = min(assessment.owed, self._journal.free(source))
        assessment.pay(amount, self._at)
        recovery = LossRecovery(
            loss_event=self._event,
            assessment=assessment,
            asset=self._asset,
            amount=amount,
            reference=str(assessment.id),
            reason=PAID_LATE,
        )
        said = {**said_of(assessment), "amount": amount, "owed": assessment.owed}
        told = AssessmentPaid(**said, released=ZERO, recovery=recovery.id, of_contribution=of_contribution)
        self._told.append(told)
        self._share(recovery, source)
        return assessment

    @requires_transaction
    def write(self) -> None:
        """Write who has it back, what was called for, and the journal: the last of its transaction."""
        save_changes(self._calls)
        LossRecovery.objects.bulk_create(self._recoveries)
        LossReturn.objects.bulk_create(self._returns)
        record_events(self._told)
        self._sharing.write()
        self._journal.write()

    def _share(self, recovery: LossRecovery, source: UUID) -> Decimal:
        """Let who paid last have it first; what of it nobody bears."""
        self._recoveries.append(recovery)
        returnable = sum_returnable(self._event.id, self._asset.id)
        lowered = self._lowered(recovery, returnable)
        returnable[LayerKind.ASSESSMENTS.value] = {
            call.provider_id: each.returnable for call, each in zip(self._calls, lowered, strict=True)
        }
        by_covers = list_paid_by_covers(self._event.id, self._asset.id)
        ranked = layers_to_return(self._event.planned.layers, returnable, by_covers)
        allocation = allocate(recovery.amount, ranked, self._asset.scale)
        shares = [(payment.layer, *share) for payment in allocation.paid for share in payment.shares]
        returned: _Returned = defaultdict(Decimal)
        for layer, whose, amount in shares:
            returned[layer, whose] = total([returned[layer, whose], amount])
        self._told.append(self._recovered(recovery))
        self._lower(recovery, lowered, returned)
        for (layer, whose), amount in returned.items():
            if amount:
                self._return(recovery, layer, whose, amount, source)
        return allocation.unallocated

    def _lowered(
        self, recovery: LossRecovery, returnable: Mapping[str, Mapping[UUID | None, Decimal]]
    ) -> list[Lowered]:
        borne = returnable.get(LayerKind.ASSESSMENTS.value, {})
        behind = (LayerKind.LOSS_ALLOCATION.value, LayerKind.UNALLOCATED.value)
        unpaid = total(amount for layer in behind for amount in returnable.get(layer, {}).values())
        calls = [_call(recovery, each, borne.get(each.provider_id, ZERO)) for each in self._calls]
        return lower_calls(calls, unpaid, recovery.amount, self._asset.scale)

    def _lower(self, recovery: LossRecovery, lowered: Sequence[Lowered], returned: _Returned) -> None:
        """What would come back to whom it is due from is not to be paid: nobody pays it, and has it back at once."""
        forgone = ZERO
        for assessment, each in zip(self._calls, lowered, strict=True):
            less = difference(assessment.owed, each.owes)
            if assessment.state == AssessmentState.DUE:
                less = returned.pop((LayerKind.ASSESSMENTS.value, assessment.provider_id), ZERO)
                forgone = total([forgone, less])
            if less:
                self._lower_one(recovery, assessment, less)
        if forgone:
            owed = [each for each in list_owed([self._event.id]) if each[0].asset_id == self._asset.id]
            self._sharing.pay(self._event, LayerKind.UNALLOCATED, forgone, owed)
            returned[_NOBODYS] = total([returned.get(_NOBODYS, ZERO), forgone])

    def _lower_one(self, recovery: LossRecovery, assessment: Assessment, less: Decimal) -> None:
        released = assessment.lower(less, self._at)
        if released:
            self._journal.release(self._layers.collateral[assessment.provider_id, self._asset.id], released)
        said = {**said_of(assessment), "amount": less, "owed": assessment.owed}
        self._told.append(AssessmentLowered(**said, released=released, recovery=recovery.id))

    def _return(self, recovery: LossRecovery, layer: str, whose: UUID | None, amount: Decimal, source: UUID) -> None:
        of_account = layer == LayerKind.LOSS_ALLOCATION
        row = LossReturn(recovery=recovery, layer=layer, amount=amount)
        row.fill_id, row.provider_id = (whose, None) if of_account else (None, whose)
        filled = self._filled(LayerKind(layer), whose)
        if filled != source:  # what is for an account of the venue is in and out by one door
            self._journal.move(source, filled, amount, Purpose.RECOVERED, recovery.id)
        self._returns.append(row)
        self._told.append(
            LossReturned(
                venue_id=self._event.venue_id,
                subject_id=self._event.id,
                provider_id=row.provider_id,
                recovery=recovery.id,
                layer=layer,
                asset=self._asset.code,
                amount=amount,
                fill=row.fill_id,
            )
        )

    def _filled(self, layer: LayerKind, whose: UUID | None) -> UUID:
        of_venue = self._layers.accounts[self._asset.id]
        if layer == LayerKind.LOSS_ALLOCATION:
            return of_venue[AccountKind.CLEARING]
        if layer == LayerKind.UNALLOCATED:
            return of_venue[AccountKind.LOSSES]
        return self._layers.account_of(self._event, self._asset, layer, whose)

    def _recovered(self, recovery: LossRecovery) -> LossRecovered:
        return LossRecovered(
            venue_id=self._event.venue_id,
            subject_id=self._event.id,
            recovery=recovery.id,
            asset=self._asset.code,
            amount=recovery.amount,
            reference=recovery.reference,
            reason=recovery.reason,
        )


def _call(recovery: LossRecovery, assessment: Assessment, borne: Decimal) -> Call:
    if assessment.state == AssessmentState.DUE:
        return Call(assessment.amount, stakes=assessment.owed)
    if assessment == recovery.assessment:
        borne = total([borne, recovery.amount])
    return Call(assessment.amount, stakes=borne, owes=assessment.owed)
