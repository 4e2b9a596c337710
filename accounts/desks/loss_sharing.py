"""Who pays what loss events cost: the layers of each event's plan, in order of rank, as an addend arises.

Guarantees that one venue's losses are shared one at a time, that no layer pays beyond its limits, and that a layer's
money first repays what the fund advanced, then the debt.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.events import LossCounted, LossPaid
from accounts.lifecycle import LossEventState
from accounts.models import (
    Account,
    AccountKind,
    AddendKind,
    LossAddend,
    LossEvent,
    LossEventKind,
    LossPayment,
    Purpose,
)
from accounts.queries import Borne, sum_borne
from accounts.rules.sharing.losses import Layer, allocate
from accounts.rules.sharing.plans import DAY, LayerKind, PlannedLayer, in_front_of_fund, most_used_in_a_day
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

    @property
    def said(self) -> Mapping[str, Any]:
        """What every event tells of it."""
        whose = {"venue_id": self.event.venue_id, "subject_id": self.event.id}
        return {**whose, "book": self.subject_id if self.debt_id else None, "asset": self.asset.code}


@dataclass(frozen=True, slots=True)
class _Part:
    """What a layer pays of a cost: `amount`, of which the journal moves some to the fund and to the debt."""

    layer: LayerKind
    amount: Decimal
    to_fund: Decimal = ZERO
    to_debt: Decimal = ZERO


class SharingDesk:
    """The loss events of these ids; their venues' losses are locked. What layers pay is in the journal that `count_in`
    names: it holds `defaulters` and the venue's own `accounts`, by asset."""

    def __init__(self, event_ids: Collection[UUID]) -> None:
        rows = LossEvent.objects.filter(id__in=set(event_ids)).select_related("plan", "default")
        self.events = {event.id: event for event in rows.prefetch_related("plan__layers")}
        self._added: list[LossAddend] = []
        self._paid: list[LossPayment] = []
        self._told: list[LossCounted | LossPaid] = []

    @cached_property
    def defaulters(self) -> dict[tuple[UUID, UUID], UUID]:
        """The collateral of providers whose default these events are, by event and asset."""
        ids = [event.id for event in self.events.values() if event.kind == LossEventKind.PROVIDER]
        rows = Account.objects.filter(provider__defaults__loss_event__in=ids, kind=AccountKind.COLLATERAL)
        found = rows.values_list("provider__defaults__loss_event", "asset", "id") if ids else []
        return {(event_id, asset_id): account_id for event_id, asset_id, account_id in found}

    def count_in(self, journal: Journal, accounts: Mapping[UUID, Mapping[AccountKind, UUID]]) -> None:
        """Decide by this journal."""
        self.journal, self.accounts = journal, accounts

    def in_front(self, event: LossEvent, asset: Asset) -> Decimal:
        """What the layers in front of the fund may pay now; nothing of an event that is final."""
        return total(layer.most() for layer in self._in_front(event, asset))

    def share(self, cost: Unrepaid, in_front: Decimal, covered: Decimal = ZERO) -> None:
        """Have the layers in front of the fund pay so much of it. The fund bears what is left of its advances, and has
        `covered` so much of the debt; what is left of that nobody pays."""
        if not cost.amount:
            return
        kind = AddendKind.BOOK if cost.debt_id else AddendKind.INVENTORY
        amounts: dict[str, Any] = {"amount": cost.amount, "advances": cost.advances}
        addend = LossAddend(loss_event=cost.event, kind=kind, subject_id=cost.subject_id, asset=cost.asset, **amounts)
        self._added.append(addend)
        self._told.append(LossCounted(**cost.said, **amounts))
        advances, debt = cost.advances, cost.debt
        for payment in allocate(in_front, self._in_front(cost.event, cost.asset), cost.asset.scale).paid:
            to_fund = min(payment.amount, advances)
            part = _Part(LayerKind(payment.layer), payment.amount, to_fund, difference(payment.amount, to_fund))
            advances, debt = difference(advances, part.to_fund), difference(debt, part.to_debt)
            self._move(cost, part)
            self._note(cost, addend, part)
        self._note(cost, addend, _Part(LayerKind.FUND, total([advances, covered])))
        self._note(cost, addend, _Part(LayerKind.UNALLOCATED, difference(debt, covered)))

    @requires_transaction
    def write(self) -> None:
        """Write addends and payments; the journal has what moved."""
        LossAddend.objects.bulk_create(self._added)
        LossPayment.objects.bulk_create(self._paid)
        record_events(self._told)

    def _move(self, cost: Unrepaid, part: _Part) -> None:
        source = self._account_of(cost.event, cost.asset, part.layer)
        fund = self.accounts[cost.asset.id][AccountKind.FUND]
        self.journal.move(source, fund, part.to_fund, Purpose.LOSS_PAID, cost.subject_id)
        if cost.debt_id is not None:
            self.journal.move(source, cost.debt_id, part.to_debt, Purpose.LOSS_PAID, cost.subject_id)

    def _note(self, cost: Unrepaid, addend: LossAddend, part: _Part) -> None:
        if not part.amount:
            return
        provider_id = cost.event.default.provider_id if part.layer == LayerKind.DEFAULTER else None
        self._paid.append(
            LossPayment(addend=addend, layer=part.layer.value, provider_id=provider_id, amount=part.amount)
        )
        key = (cost.event.id, cost.asset.id, part.layer.value)
        self._used[key] = total([self._used[key], part.amount])
        moved: dict[str, Any] = {"amount": part.amount, "to_fund": part.to_fund, "to_debt": part.to_debt}
        self._told.append(LossPaid(**cost.said, provider_id=provider_id, layer=part.layer.value, **moved))

    def _in_front(self, event: LossEvent, asset: Asset) -> list[Layer[UUID]]:
        """The layers in front of the fund, with what each has, and has paid already."""
        if event.state == LossEventState.FINAL:
            return []
        own = [PlannedLayer(LayerKind.DEFAULTER)] if (event.id, asset.id) in self.defaulters else []
        return [self._layer(event, asset, planned) for planned in (*own, *in_front_of_fund(event.planned.layers))]

    def _layer(self, event: LossEvent, asset: Asset, planned: PlannedLayer) -> Layer[UUID]:
        return Layer(
            id=planned.kind.value,
            available=max(self.journal.free(self._account_of(event, asset, planned.kind)), ZERO),
            per_event=planned.per_event,
            used=self._used[event.id, asset.id, planned.kind.value],
            per_24h=planned.per_24h,
            used_24h=self._used_lately(event, asset, planned) if planned.per_24h is not None else ZERO,
        )

    def _account_of(self, event: LossEvent, asset: Asset, layer: LayerKind) -> UUID:
        if layer == LayerKind.DEFAULTER:
            return self.defaulters[event.id, asset.id]
        return self.accounts[asset.id][AccountKind(layer.value)]

    def _used_lately(self, event: LossEvent, asset: Asset, planned: PlannedLayer) -> Decimal:
        uses = [
            (self._opened_at[event_id], used)
            for (event_id, asset_id, layer), used in self._used.items()
            if (asset_id, layer) == (asset.id, planned.kind.value)
        ]
        return most_used_in_a_day(uses, event.opened_at)

    @cached_property
    def _opened_at(self) -> dict[UUID, Any]:
        """When each event was opened that may count with one of these: they alone, unless a day limits a layer."""
        events = self.events.values()
        instants = [event.opened_at for event in events]
        if all(layer.per_24h is None for event in events for layer in event.planned.layers):
            return dict(zip(self.events, instants, strict=True))
        near = LossEvent.objects.filter(
            venue__in={event.venue_id for event in events},
            opened_at__gt=min(instants) - DAY,
            opened_at__lt=max(instants) + DAY,
        )
        return dict(near.values_list("id", "opened_at"))

    @cached_property
    def _used(self) -> Borne:
        """What layers have paid and did not get back."""
        return sum_borne(list(self._opened_at))
