"""Providers pay what they are called for in time, out of their collateral: what is held for it, and what is free."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.loss_sharing import SharingDesk, said_of
from accounts.events import AssessmentOverdue, AssessmentPaid
from accounts.lifecycle import AssessmentState
from accounts.models import Assessment, LossAddend, LossEvent
from accounts.queries import list_owed
from accounts.rules.sharing.plans import LayerKind
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, total


class AssessmentDesk:
    """Payments of these assessments, which are due, one at least, at an instant; their venues' losses are locked."""

    @requires_transaction
    def __init__(self, assessments: Sequence[Assessment], at: datetime) -> None:
        self._at = at
        self._sharing = SharingDesk({each.obligation.loss_event_id for each in assessments}, at)
        self._layers = self._sharing.layers
        assets = {each.asset_id: each.asset for each in assessments}
        self._journal = self._sharing.open(assets.values(), self._layers.collateral)
        self._changed: list[Assessment] = []
        self._told: list[DomainEvent] = []
        self._owed: defaultdict[tuple[UUID, UUID], list[tuple[LossAddend, Decimal]]] = defaultdict(list)
        for addend, amount in list_owed(list(self._layers.events)):
            self._owed[addend.loss_event_id, addend.asset_id].append((addend, amount))

    def take(self, assessment: Assessment) -> bool:
        """Have it paid whole, where its provider has as much; whether it has."""
        if self._has(assessment) < assessment.owed:
            return False
        self._pay(assessment, assessment.owed)
        return True

    def end(self, assessment: Assessment) -> None:
        """Its time is over: have paid of it what its provider has. The rest nobody pays now, and it is overdue."""
        amount = min(self._has(assessment), assessment.owed)
        if amount:
            self._pay(assessment, amount)
        if assessment.owed:
            self._let_be_overdue(assessment)

    @requires_transaction
    def write(self) -> None:
        """Write what was paid and what is overdue, and the journal: the last of its transaction."""
        save_changes(self._changed)
        record_events(self._told)
        self._sharing.write()
        self._journal.write()

    def _has(self, assessment: Assessment) -> Decimal:
        account = self._layers.collateral.get((assessment.provider_id, assessment.asset_id))
        return total([assessment.held, max(self._journal.free(account), ZERO)]) if account else ZERO

    def _pay(self, assessment: Assessment, amount: Decimal) -> None:
        released = assessment.held
        self._journal.release(self._layers.collateral[assessment.provider_id, assessment.asset_id], released)
        assessment.pay(amount, self._at)
        self._changed.append(assessment)
        said = {**said_of(assessment), "amount": amount}
        self._told.append(AssessmentPaid(**said, released=released, owed=assessment.owed))
        self._share(assessment, LayerKind.ASSESSMENTS, amount, assessment.provider_id)

    def _let_be_overdue(self, assessment: Assessment) -> None:
        assessment.move_to(AssessmentState.OVERDUE, self._at)
        self._changed.append(assessment)
        self._told.append(AssessmentOverdue(**said_of(assessment), owed=assessment.owed))
        self._share(assessment, LayerKind.UNALLOCATED, assessment.owed)
        self._sharing.tell_unallocated(self._event_of(assessment), assessment.asset, assessment.owed)

    def _share(
        self, assessment: Assessment, layer: LayerKind, amount: Decimal, provider_id: UUID | None = None
    ) -> None:
        event = self._event_of(assessment)
        standing = event.id, assessment.asset_id
        self._owed[standing] = self._sharing.pay(event, layer, amount, self._owed[standing], provider_id)

    def _event_of(self, assessment: Assessment) -> LossEvent:
        return self._layers.events[assessment.obligation.loss_event_id]
