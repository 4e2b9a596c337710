"""Who pays what loss events cost, in order of rank: at once, as an addend arises, and once the event is final.

Guarantees that one venue's losses are shared one at a time, that no layer pays beyond its limits, that a layer's money
first repays what the fund advanced, then the debt, and that what nobody has paid yet stands as the event's debt until
it is final.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.loss_layers import LossLayers
from accounts.events import AssessmentCalled, AssessmentPaid, LossCounted, LossOwed, LossPaid, LossUnallocated
from accounts.lifecycle import LossEventState
from accounts.models import AccountKind, AddendKind, Assessment, LossAddend, LossEvent, LossPayment, Purpose
from accounts.rules.sharing.assessments import DUE_AFTER
from accounts.rules.sharing.losses import allocate, attribute
from accounts.rules.sharing.plans import OF_DEFAULTER, LayerKind
from backstop.events import ProviderEvent, VenueEvent
from backstop.locks import Lock, lock
from backstop.models import Asset
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total


@requires_transaction
def lock_losses(venue_ids: Collection[UUID]) -> None:
    """One at a time shares these venues' losses: what one has used of a layer the next one sees."""
    lock(Lock.LOSSES, venue_ids)


@dataclass(frozen=True, slots=True)
class Unrepaid:
    """What its event is to pay of a book, or of inventory (which has no `debt_id`): of the fund's `advances` and of a
    `debt` what nobody repaid."""

    event: LossEvent
    subject_id: UUID
    asset: Asset
    advances: Decimal
    debt: Decimal = ZERO
    debt_id: UUID | None = None

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return total([self.advances, self.debt])


@dataclass(frozen=True, slots=True)
class _Part:
    """What a layer pays of an addend: `amount`, of which the journal moves some to the fund, to the debt, or to the
    venue's losses, where what is left of debts stands."""

    layer: LayerKind
    amount: Decimal
    provider_id: UUID | None = None
    to_fund: Decimal = ZERO
    to_debt: Decimal = ZERO
    to_losses: Decimal = ZERO


Share = tuple[tuple[LayerKind, UUID | None], Decimal]  # whose money, and how much of it


class SharingDesk:
    """Addends of the events that `layers` are of, and who pays them; what that moves is in the layers' journal."""

    def __init__(self, layers: LossLayers) -> None:
        self._layers = layers
        self._added: list[LossAddend] = []
        self._paid: list[LossPayment] = []
        self._called: list[Assessment] = []
        self._told: list[ProviderEvent | VenueEvent] = []

    def in_front(self, event: LossEvent, asset: Asset) -> Decimal:
        """What the layers in front of the fund may pay now; nothing of an event that is final."""
        return total(layer.most() for layer in self._layers.in_front(event, asset))

    def share(self, cost: Unrepaid, in_front: Decimal, covered: Decimal = ZERO) -> None:
        """Have the layers in front of the fund pay so much of it. The fund bears what is left of its advances, and has
        `covered` so much of the debt; what is left of that stands as the event's debt, and once the event is final
        nobody pays it."""
        if not cost.amount:
            return
        kind = AddendKind.BOOK if cost.debt_id else AddendKind.INVENTORY
        amounts: dict[str, Any] = {"amount": cost.amount, "advances": cost.advances}
        addend = LossAddend(loss_event=cost.event, kind=kind, subject_id=cost.subject_id, asset=cost.asset, **amounts)
        self._added.append(addend)
        self._told.append(LossCounted(**_said(addend), **amounts))
        advances, debt = cost.advances, cost.debt
        for payment in allocate(in_front, self._layers.in_front(cost.event, cost.asset), cost.asset.scale).paid:
            to_fund = min(payment.amount, advances)
            layer, to_debt = LayerKind(payment.layer), difference(payment.amount, to_fund)
            whose = cost.event.default.provider_id if layer in OF_DEFAULTER else None
            advances, debt = difference(advances, to_fund), difference(debt, to_debt)
            part = _Part(layer, payment.amount, whose, to_fund, to_debt)
            self._move(cost, part)
            self._note(addend, part)
        self._note(addend, _Part(LayerKind.FUND, total([advances, covered])))
        self._leave(addend, difference(debt, covered))

    def settle(self, owed: Sequence[tuple[LossAddend, Decimal]], now: datetime) -> None:
        """Have the layers behind the fund pay what stands as the debt of events that are final now: so much of each of
        these addends, in order, less what came back of it. Who is obliged is called for what is left, and what is left
        then nobody pays."""
        by_event: defaultdict[tuple[UUID, UUID], list[tuple[LossAddend, Decimal]]] = defaultdict(list)
        for addend, amount in owed:
            by_event[addend.loss_event_id, addend.asset_id].append((addend, amount))
        for standing in by_event.values():
            self._settle([addend for addend, _ in standing], [amount for _, amount in standing], now)

    def pay(self, assessment: Assessment, owed: Sequence[tuple[LossAddend, Decimal]], at: datetime) -> None:
        """Have a provider pay what it was called for, held or not, of what is still owed of its event's addends in
        that asset."""
        event = self._layers.events[assessment.obligation.loss_event_id]
        collateral = self._layers.collateral[assessment.provider_id, assessment.asset_id]
        self._layers.journal.release(collateral, assessment.held)
        self._told.append(AssessmentPaid(**said_of(assessment), released=assessment.held))
        shares: list[Share] = [((LayerKind.ASSESSMENTS, assessment.provider_id), assessment.amount)]
        self._pay(event, [addend for addend, _ in owed], shares, [amount for _, amount in owed])
        assessment.pay(at)

    @requires_transaction
    def write(self) -> None:
        """Write addends and payments; the journal has what moved."""
        LossAddend.objects.bulk_create(self._added)
        LossPayment.objects.bulk_create(self._paid)
        Assessment.objects.bulk_create(self._called)
        record_events(self._told)

    def _settle(self, addends: Sequence[LossAddend], owed: Sequence[Decimal], now: datetime) -> None:
        event, asset = self._layers.events[addends[0].loss_event_id], addends[0].asset
        came_back = self._layers.used(event, asset, LayerKind.UNALLOCATED).copy_negate()
        allocation = allocate(difference(total(owed), came_back), self._layers.behind(event, asset), asset.scale)
        lost = self._call(event, asset, allocation.unallocated, now)
        shares: list[Share] = [
            ((LayerKind(payment.layer), whose), amount)
            for payment in allocation.paid
            for whose, amount in payment.shares
        ]
        self._pay(event, addends, [*shares, ((LayerKind.UNALLOCATED, None), total([lost, came_back]))], owed)
        if lost:
            said: dict[str, Any] = {"asset": asset.code, "amount": lost}
            self._told.append(LossUnallocated(venue_id=event.venue_id, subject_id=event.id, **said))

    def _call(self, event: LossEvent, asset: Asset, left: Decimal, now: datetime) -> Decimal:
        """Call those who are obliged for so much; what they cannot be called for."""
        allocation = allocate(left, self._layers.assessable(event, asset, now), asset.scale)
        for whose, amount in (share for payment in allocation.paid for share in payment.shares):
            if whose is None or not amount:
                continue
            assessment = Assessment(
                venue_id=event.venue_id,
                provider_id=whose,
                obligation=self._layers.call(event, asset, whose, amount, now),
                asset=asset,
                amount=amount,
                held=self._layers.hold_collateral(asset, whose, amount),
                called_at=now,
                due_by=now + DUE_AFTER,
            )
            self._called.append(assessment)
            self._told.append(AssessmentCalled(**said_of(assessment), held=assessment.held, due_by=assessment.due_by))
        return allocation.unallocated

    def _pay(
        self, event: LossEvent, addends: Sequence[LossAddend], shares: Sequence[Share], owed: Sequence[Decimal]
    ) -> None:
        """Have these shares pay of what is owed of these addends, the first the first."""
        for place, (layer, whose), amount in attribute(shares, owed):
            addend, to_losses = addends[place], ZERO if layer == LayerKind.UNALLOCATED else amount
            self._note(addend, _Part(layer, amount, whose, to_losses=to_losses))
            if to_losses:
                source = self._layers.account_of(event, addend.asset, layer, whose)
                losses = self._layers.accounts[addend.asset_id][AccountKind.LOSSES]
                self._layers.journal.move(source, losses, to_losses, Purpose.EVENT_DEBT_PAID, addend.subject_id)

    def _leave(self, addend: LossAddend, amount: Decimal) -> None:
        if addend.loss_event.state == LossEventState.FINAL:
            self._note(addend, _Part(LayerKind.UNALLOCATED, amount))
        elif amount:
            self._told.append(LossOwed(**_said(addend), amount=amount))

    def _move(self, cost: Unrepaid, part: _Part) -> None:
        source = self._layers.account_of(cost.event, cost.asset, part.layer, part.provider_id)
        fund = self._layers.accounts[cost.asset.id][AccountKind.FUND]
        self._layers.journal.move(source, fund, part.to_fund, Purpose.LOSS_PAID, cost.subject_id)
        if cost.debt_id is not None:
            self._layers.journal.move(source, cost.debt_id, part.to_debt, Purpose.LOSS_PAID, cost.subject_id)

    def _note(self, addend: LossAddend, part: _Part) -> None:
        if not part.amount:
            return
        whose: dict[str, Any] = {"layer": part.layer.value, "provider_id": part.provider_id, "amount": part.amount}
        self._paid.append(LossPayment(addend=addend, **whose))
        self._layers.use(addend.loss_event, addend.asset, part.layer, part.amount)
        moved: dict[str, Any] = {"to_fund": part.to_fund, "to_debt": part.to_debt, "to_losses": part.to_losses}
        self._told.append(LossPaid(**_said(addend), **whose, **moved))


def _said(addend: LossAddend) -> Mapping[str, Any]:
    """What every event tells of it."""
    whose = {"venue_id": addend.loss_event.venue_id, "subject_id": addend.loss_event_id}
    book = addend.subject_id if addend.kind == AddendKind.BOOK else None
    return {**whose, "book": book, "asset": addend.asset.code}


def said_of(assessment: Assessment) -> dict[str, Any]:
    """What every event tells of it."""
    return {
        "venue_id": assessment.venue_id,
        "subject_id": assessment.id,
        "provider_id": assessment.provider_id,
        "loss_event": assessment.obligation.loss_event_id,
        "asset": assessment.asset.code,
        "amount": assessment.amount,
    }
