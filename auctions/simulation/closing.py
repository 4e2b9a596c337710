"""Positions that robots close: what they bound comes back as collateral, a while after they were taken."""

import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from auctions.lifecycle import SettlementState
from auctions.models import Award, Position
from auctions.simulation.measuring import quantity_of
from backstop.client import Client
from backstop.models import InstrumentKind
from backstop.values.amounts import ZERO

LOOK_SECONDS = 0.5

AMOUNT = Decimal("0.01")


@dataclass
class Closing:
    """The venue closes what providers took `after_seconds` ago (None: never), and brings back what it had bound: of
    these providers (None: of all)."""

    client: Client
    venue_id: UUID
    after_seconds: float | None
    provider_ids: Collection[UUID] | None = None
    _closed: set[UUID] = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=count)
    _looked_at: float = 0.0

    def look(self) -> None:
        """Close what is due; nothing where it looked a moment ago."""
        if self.after_seconds is None or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        until = datetime.now(UTC) - timedelta(seconds=self.after_seconds)
        due = Award.objects.filter(
            settlement__book__venue=self.venue_id,
            settlement__state=SettlementState.SETTLED,
            settlement__settled_at__lte=until,
            provider__isnull=False,
        ).exclude(id__in=self._closed)
        if self.provider_ids is not None:
            due = due.filter(provider__in=self.provider_ids)
        back: dict[UUID, Decimal] = defaultdict(Decimal)
        for award in due.select_related("step"):
            self._closed.add(award.id)
            back[award.provider_id or UUID(int=0)] += _bound(award)
        for provider_id, amount in back.items():
            if amount >= AMOUNT:
                self._bring_back(provider_id, amount.quantize(AMOUNT))

    def _bring_back(self, provider_id: UUID, amount: Decimal) -> None:
        reference = f"closed-{next(self._numbers)}"
        self.client.move_collateral(provider_id=str(provider_id), asset="USD", amount=amount, reference=reference)


def _bound(award: Award) -> Decimal:
    """What a taker paid for spot, and the margin of contracts."""
    positions = Position.objects.filter(lot=award.step.lot_id).select_related("instrument", "lot")
    return sum((quantity_of(each, award) * award.marks[each.instrument_id] * _share(each) for each in positions), ZERO)


def _share(position: Position) -> Decimal:
    return Decimal(1) if position.instrument.kind == InstrumentKind.SPOT else position.own_margin_rate
