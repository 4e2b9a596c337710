"""Providers pay what they are called for, out of their collateral: what is held for it, and what is free."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.loss_sharing import SharingDesk
from accounts.models import Assessment, LossAddend
from accounts.queries import list_owed
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction
from backstop.values.amounts import difference


class AssessmentDesk:
    """Payments of these assessments, one at least, at an instant; their venues' losses are locked."""

    @requires_transaction
    def __init__(self, assessments: Sequence[Assessment], at: datetime) -> None:
        self._at = at
        self._sharing = SharingDesk({each.obligation.loss_event_id for each in assessments}, at)
        self._layers = self._sharing.layers
        assets = {each.asset_id: each.asset for each in assessments}
        self._journal = self._sharing.open(assets.values(), self._layers.collateral)
        self._paid: list[Assessment] = []
        self._owed: defaultdict[tuple[UUID, UUID], list[tuple[LossAddend, Decimal]]] = defaultdict(list)
        for addend, amount in list_owed(list(self._layers.events)):
            self._owed[addend.loss_event_id, addend.asset_id].append((addend, amount))

    def take(self, assessment: Assessment) -> bool:
        """Have it paid whole, where its provider has as much; whether it has."""
        collateral = self._layers.collateral.get((assessment.provider_id, assessment.asset_id))
        if collateral is None or self._journal.free(collateral) < difference(assessment.amount, assessment.held):
            return False
        standing = (assessment.obligation.loss_event_id, assessment.asset_id)
        self._owed[standing] = self._sharing.pay(assessment, self._owed[standing], self._at)
        self._paid.append(assessment)
        return True

    @requires_transaction
    def write(self) -> None:
        """Write what was paid, and the journal: the last of its transaction."""
        save_changes(self._paid)
        self._sharing.write()
        self._journal.write()
