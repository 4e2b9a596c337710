"""The layers of loss events' plans: whose money stands in each, and how much of it an event may use yet.

Guarantees that what one event has used of a layer, and what left its accounts in this journal, the next one sees.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import F

from accounts.desks.defaults import list_defaulters
from accounts.desks.journal import Journal
from accounts.lifecycle import LossEventState
from accounts.models import Account, AccountKind, Assessment, LossEvent, LossEventKind, LossPayment, Obligation
from accounts.queries import Borne, sum_borne
from accounts.rules.sharing.assessments import PERIOD, most_assessable
from accounts.rules.sharing.losses import Layer, LayerMember
from accounts.rules.sharing.plans import (
    BY_CONTRACT,
    CONTRIBUTIONS,
    DAY,
    OF_DEFAULTER,
    LayerKind,
    PlannedLayer,
    behind_fund,
    in_front_of_fund,
    most_used_in_a_day,
)
from accounts.rules.sharing.quality import Quality
from backstop.models import Asset
from backstop.values.amounts import ZERO, total

_KINDS_OF_DEFAULTER = {
    AccountKind.COLLATERAL: LayerKind.DEFAULTER,
    AccountKind.CONTRIBUTION: LayerKind.DEFAULTER_CONTRIBUTION,
}


class LossLayers:
    """Those of the loss events of these ids; their venues' losses are locked. They count in the journal that `count_in`
    names: it holds the venues' own `accounts`, by asset, `defaulters` and, for what is paid once an event is final,
    `contributions` and `collateral`."""

    def __init__(self, event_ids: Collection[UUID]) -> None:
        rows = LossEvent.objects.filter(id__in=set(event_ids)).select_related("plan", "default")
        self.events = {event.id: event for event in rows.prefetch_related("plan__layers")}
        self._called: defaultdict[tuple[UUID, UUID], Decimal] | None = None

    @cached_property
    def defaulters(self) -> dict[tuple[UUID, UUID, LayerKind], UUID]:
        """The own money of providers whose default these events are, by event, asset and layer."""
        ids = [event.id for event in self.events.values() if event.kind == LossEventKind.PROVIDER]
        rows = Account.objects.filter(provider__defaults__loss_event__in=ids, kind__in=_KINDS_OF_DEFAULTER)
        found = rows.values_list("provider__defaults__loss_event", "asset", "kind", "id") if ids else []
        return {(event, asset, _KINDS_OF_DEFAULTER[AccountKind(kind)]): each for event, asset, kind, each in found}

    @cached_property
    def obligations(self) -> list[Obligation]:
        """Who is obliged for these events, in order."""
        rows = Obligation.objects.filter(loss_event__in=self.events) if self.events else Obligation.objects.none()
        return list(rows.select_related("asset").order_by("loss_event", "asset", "provider"))

    @cached_property
    def contributions(self) -> dict[tuple[UUID, UUID], UUID]:
        """The contributions of those who are obliged, by provider and asset."""
        return self._of_obliged(AccountKind.CONTRIBUTION)

    @cached_property
    def collateral(self) -> dict[tuple[UUID, UUID], UUID]:
        """The collateral of those who are obliged, for what they are called for, by provider and asset."""
        return self._of_obliged(AccountKind.COLLATERAL)

    @cached_property
    def insurers(self) -> dict[tuple[UUID, UUID], UUID]:
        """The collateral of those who paid of these events by covers, or beside them, by provider and asset."""
        paid = LossPayment.objects.filter(addend__loss_event__in=self.events, layer__in=BY_CONTRACT)
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=paid.values("provider"))
        return {(row.provider_id, row.asset_id): row.id for row in rows if row.provider_id}

    def count_in(self, journal: Journal, accounts: Mapping[UUID, Mapping[AccountKind, UUID]]) -> None:
        """Decide by this journal."""
        self.journal, self.accounts = journal, accounts

    def in_front(self, event: LossEvent, asset: Asset) -> list[Layer[UUID]]:
        """The layers in front of the fund, with what each has, and has paid already; none once the event is final."""
        if event.state == LossEventState.FINAL:
            return []
        own = [PlannedLayer(kind) for kind in OF_DEFAULTER if (event.id, asset.id, kind) in self.defaulters]
        return [self._layer(event, asset, planned) for planned in (*own, *in_front_of_fund(event.planned.layers))]

    def behind(self, event: LossEvent, asset: Asset) -> list[Layer[UUID]]:
        """Those that pay what is left at the end; contributions where there are any, by who is obliged."""
        planned = behind_fund(event.planned.layers)
        members = {each.kind: self._members(event, asset, each.kind) for each in planned}
        return [
            self._layer(event, asset, each, members[each.kind])
            for each in planned
            if members[each.kind] or each.kind == LayerKind.SECOND_TRANCHE
        ]

    def assessable(self, event: LossEvent, asset: Asset, now: datetime) -> list[Layer[UUID]]:
        """What those who are obliged may be called for once all others have paid, where the plan says so. Who is in
        default is not called: its part is the others', as far as each may be called for it."""
        members = tuple(
            LayerMember(
                each.provider_id,
                each.contribution,
                most_assessable(each.contribution, self._called_lately(now)[each.provider_id, asset.id]),
            )
            for each in self._obliged(event, asset)
            if each.provider_id not in self._in_default
        )
        planned = [each for each in event.planned.layers if each.kind == LayerKind.ASSESSMENTS]
        return [self._layer(event, asset, each, members) for each in planned if members]

    def call(self, event: LossEvent, asset: Asset, provider_id: UUID, amount: Decimal, now: datetime) -> Obligation:
        """Let a provider be called for so much more; by which obligation."""
        lately = self._called_lately(now)
        lately[provider_id, asset.id] = total([lately[provider_id, asset.id], amount])
        (obligation,) = [each for each in self._obliged(event, asset) if each.provider_id == provider_id]
        return obligation

    def used(self, event: LossEvent, asset: Asset, layer: LayerKind) -> Decimal:
        """What a layer has paid of an event, and did not get back."""
        return self._used[event.id, asset.id, layer.value]

    def hold_collateral(self, asset: Asset, provider_id: UUID, amount: Decimal) -> Decimal:
        """Set so much of a provider's collateral aside, as far as it is free; how much that is."""
        account_id = self.collateral.get((provider_id, asset.id))
        if account_id is None:
            return ZERO
        held = min(amount, self._free(account_id))
        self.journal.hold(account_id, held)
        return held

    def use(self, event: LossEvent, asset: Asset, layer: LayerKind, amount: Decimal) -> None:
        """Let it have paid so much more."""
        self._used[event.id, asset.id, layer.value] = total([self.used(event, asset, layer), amount])

    def account_of(self, event: LossEvent, asset: Asset, layer: LayerKind, provider_id: UUID | None) -> UUID:
        """Where a layer's money stands."""
        if layer in OF_DEFAULTER:
            return self.defaulters[event.id, asset.id, layer]
        if layer in BY_CONTRACT:
            fund = self.accounts[asset.id][AccountKind.FUND]
            return fund if provider_id is None else self.insurers[provider_id, asset.id]
        if layer == LayerKind.ASSESSMENTS:
            return self.collateral[provider_id, asset.id]  # type: ignore[index]
        if provider_id is not None:
            return self.contributions[provider_id, asset.id]
        return self.accounts[asset.id][AccountKind(layer.value)]

    def _of_obliged(self, kind: AccountKind) -> dict[tuple[UUID, UUID], UUID]:
        providers = {each.provider_id for each in self.obligations}
        rows = Account.objects.filter(provider__in=providers, kind=kind)
        found = rows.values_list("provider", "asset", "id") if providers else []
        return {(provider_id, asset_id): account_id for provider_id, asset_id, account_id in found}

    def _members(self, event: LossEvent, asset: Asset, layer: LayerKind) -> tuple[LayerMember[UUID], ...]:
        """Who pays in this layer: at most what each had contributed as the event opened; what it paid in since is for
        later ones."""
        return tuple(
            LayerMember(
                each.provider_id,
                each.contribution,
                min(each.contribution, self._free(self.contributions[each.provider_id, asset.id])),
            )
            for each in self._obliged(event, asset)
            if CONTRIBUTIONS[Quality(each.quality)] == layer
        )

    @cached_property
    def _in_default(self) -> set[UUID]:
        return list_defaulters({each.provider_id for each in self.obligations})

    def _obliged(self, event: LossEvent, asset: Asset) -> list[Obligation]:
        return [each for each in self.obligations if (each.loss_event_id, each.asset_id) == (event.id, asset.id)]

    def _called_lately(self, now: datetime) -> defaultdict[tuple[UUID, UUID], Decimal]:
        """What those who are obliged were called for in the period up to now and it is not lifted, by provider and
        asset."""
        if self._called is None:
            whose = {each.provider_id for each in self.obligations}
            lately = Assessment.objects.filter(provider__in=whose, called_at__gt=now - PERIOD)
            self._called = defaultdict(Decimal)
            for provider_id, asset_id, amount in lately.values_list("provider", "asset", F("amount") - F("recovered")):
                self._called[provider_id, asset_id] = total([self._called[provider_id, asset_id], amount])
        return self._called

    def _layer(
        self, event: LossEvent, asset: Asset, planned: PlannedLayer, members: Sequence[LayerMember[UUID]] = ()
    ) -> Layer[UUID]:
        own = None if members else self._free(self.account_of(event, asset, planned.kind, None))
        return Layer(
            id=planned.kind.value,
            available=own,
            per_event=planned.per_event,
            used=self.used(event, asset, planned.kind),
            per_24h=planned.per_24h,
            used_24h=self._used_lately(event, asset, planned) if planned.per_24h is not None else ZERO,
            members=tuple(members),
        )

    def _free(self, account_id: UUID) -> Decimal:
        return max(self.journal.free(account_id), ZERO)

    def _used_lately(self, event: LossEvent, asset: Asset, planned: PlannedLayer) -> Decimal:
        uses = [
            (self._opened_at[event_id], used)
            for (event_id, asset_id, layer), used in self._used.items()
            if (asset_id, layer) == (asset.id, planned.kind.value)
        ]
        return most_used_in_a_day(uses, event.opened_at)

    @cached_property
    def _opened_at(self) -> dict[UUID, datetime]:
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
