"""What determines how providers stood ready, as it was: everything that the rule of standby reads.

States of commitments, providers and breakers are read from the record of events, which is kept for ever; terms, uses of
windows and what was free of collateral, and held within a commitment's cap, from rows that are. What was held counts at
the marks of when it is asked for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from accounts.events import (
    CommitmentApproved,
    CommitmentResumed,
    CommitmentSuspended,
    ProviderApplied,
    ProviderApproved,
    ProviderEnded,
    ProviderResumed,
    ProviderSuspended,
)
from accounts.models import Account, AccountKind, Commitment, CommitmentUsage, FreeCollateral, HeldQuantity, Holding
from accounts.models.ledger import NOTED_TOGETHER
from accounts.queries.standing import Scope, load_bids, scope_of
from accounts.rules.commitments import StandingBid
from accounts.rules.standby import EVER, Promise, StandbyPlace, StandbyWatch, Steps, Use
from auctions.models import Breaker, FeeSchedule
from auctions.rules.breaker import Level
from backstop.models import Event, Instrument, InstrumentKind, InstrumentTerms
from backstop.queries import list_known_prices
from backstop.values.amounts import ZERO, multiply, total
from backstop.values.marks import estimate_of

N = TypeVar("N", bound=FreeCollateral | HeldQuantity)
_ONE = Decimal(1)
_SUSPENDED = {CommitmentSuspended.KIND: True, CommitmentResumed.KIND: False}
_BARRED = {
    ProviderApplied.KIND: True,
    ProviderApproved.KIND: False,
    ProviderSuspended.KIND: True,
    ProviderResumed.KIND: False,
    ProviderEnded.KIND: True,
}


def load_watches(
    schedules: Collection[FeeSchedule], since: datetime, until: datetime
) -> dict[tuple[UUID, UUID], StandbyWatch]:
    """By provider and asset, how everybody with commitments stood from `since` on, until before `until`, in the product
    groups of these schedules, which are of one venue and a group each."""
    assets = {schedule.asset_id: schedule.asset for schedule in schedules}
    market = _Market(schedules, since, until)
    commitments = list(
        Commitment.objects.filter(
            venue__in={each.venue_id for each in schedules}, active_at__isnull=False
        ).select_related("instrument")
    )
    promises = _load_promises(commitments, since, until)
    barred = _told({row.provider_id for row in commitments}, _BARRED)
    free = _load_free({row.provider_id for row in commitments}, assets, since, until)
    by_provider: defaultdict[UUID, dict[UUID, Promise]] = defaultdict(dict)
    for row in commitments:
        by_provider[row.provider_id][scope_of(row)] = promises[row.id]
    return {
        (provider_id, asset.id): StandbyWatch(
            places=tuple(market.places(asset.id, by_scope)),
            free=free.get((provider_id, asset.id), ((EVER, ZERO),)),
            barred=barred[provider_id],
            scale=asset.scale,
        )
        for provider_id, by_scope in by_provider.items()
        for asset in assets.values()
    }


class _Market:
    """The product groups that are paid for, their instruments, and when they were halted."""

    def __init__(self, schedules: Collection[FeeSchedule], since: datetime, until: datetime) -> None:
        self._schedules = sorted(schedules, key=lambda schedule: schedule.product_group.code)
        groups = [schedule.product_group_id for schedule in schedules]
        self._instruments: defaultdict[tuple[UUID, UUID], list[Instrument]] = defaultdict(list)
        for row in Instrument.objects.filter(product_group__in=groups).order_by("symbol"):
            self._instruments[row.product_group_id, row.settlement_asset_id].append(row)
        self._holds = _load_holds([row for rows in self._instruments.values() for row in rows], since, until)
        self._halts = _load_halts({schedule.venue_id for schedule in schedules})

    def places(self, asset_id: UUID, promises: Mapping[UUID, Promise]) -> Iterable[StandbyPlace]:
        """Where somebody may stand ready who has these promises, by what they are for."""
        for schedule in self._schedules:
            instruments = self._instruments[schedule.product_group_id, schedule.asset_id]
            if schedule.asset_id != asset_id or not instruments:
                continue
            wider = [promises[each] for each in (schedule.venue_id, schedule.product_group_id) if each in promises]
            if wider:
                holds = _highest([self._holds[row.id] for row in instruments])
                yield self._place(schedule, schedule.product_group.code, wider, holds)
            for row in instruments:
                if row.id in promises:
                    name = f"{schedule.product_group.code} {row.symbol}"
                    yield self._place(schedule, name, [*wider, promises[row.id]], self._holds[row.id])

    def _place(
        self, schedule: FeeSchedule, name: str, promises: Sequence[Promise], holds: Steps[Decimal | None]
    ) -> StandbyPlace:
        halts = [self._halts[each] for each in (schedule.venue_id, schedule.product_group_id)]
        return StandbyPlace(
            product_group_id=schedule.product_group_id,
            name=name,
            promises=tuple(promises),
            unit_hold=holds,
            halted=_joined(halts, any),
            max_edge_bps=schedule.standby_edge_bps,
            rate_bps=schedule.standby_rate_bps,
        )


def _joined(several: Sequence[Steps[Any]], what: Any) -> Steps[Any]:
    """One series that holds `what` all of them make together."""
    now: list[Any] = [None] * len(several)
    joined: list[tuple[datetime, Any]] = []
    changes = [(at, place, value) for place, steps in enumerate(several) for at, value in steps]
    for at, place, value in sorted(changes, key=itemgetter(0)):
        now[place] = value
        joined.append((at, what(now)))
    return joined


def _highest(holds: Sequence[Steps[Decimal | None]]) -> Steps[Decimal | None]:
    """What is needed wherever it is taken: the highest of those that there are."""
    return _joined(holds, lambda now: max((each for each in now if each is not None), default=None))


def _load_holds(
    instruments: Sequence[Instrument], since: datetime, until: datetime
) -> dict[UUID, Steps[Decimal | None]]:
    """What a unit of notional takes of collateral, of each: its margin and, of spot, what it costs; where neither asks
    for anything, all of it. Nothing while it is not listed."""
    holds = {row.id: [(EVER, _hold(row, row.margin_rate))] for row in instruments}
    by_id = {row.id: row for row in instruments}
    for terms in InstrumentTerms.objects.filter(instrument__in=by_id, effective_at__lt=until).order_by("effective_at"):
        hold = _hold(by_id[terms.instrument_id], terms.margin_rate) if terms.is_listed else None
        holds[terms.instrument_id].append((terms.effective_at, hold))
    return dict(holds)


def _hold(instrument: Instrument, margin_rate: Decimal) -> Decimal | None:
    if instrument.kind == InstrumentKind.SPOT:
        return total([_ONE, margin_rate])
    return margin_rate or _ONE


def _load_halts(venue_ids: Collection[UUID]) -> "defaultdict[UUID, Steps[bool]]":
    """When these venues, and their product groups, were halted by their own breakers."""
    scopes = Breaker.objects.filter(venue__in=venue_ids, auction=None).values_list("id", "venue", "product_group")
    scope_of_breaker = {breaker_id: group_id or venue_id for breaker_id, venue_id, group_id in scopes}
    halts: defaultdict[UUID, list[tuple[datetime, bool]]] = defaultdict(lambda: [(EVER, False)])
    for event in Event.objects.filter(subject_id__in=scope_of_breaker).order_by("id"):
        halts[scope_of_breaker[event.subject_id]].append((event.created_at, event.payload["level"] == Level.NO_BIDS))
    return halts  # type: ignore[return-value]


def _told(subject_ids: Collection[UUID], meanings: Mapping[str, bool]) -> "defaultdict[UUID, Steps[bool]]":
    """What events of these kinds made of each subject, of which it was not so before."""
    told: defaultdict[UUID, list[tuple[datetime, bool]]] = defaultdict(lambda: [(EVER, False)])
    events = Event.objects.filter(subject_id__in=subject_ids, kind__in=meanings).order_by("id")
    for subject_id, at, kind in events.values_list("subject_id", "created_at", "kind"):
        told[subject_id].append((at, meanings[kind]))
    return told  # type: ignore[return-value]


def _load_promises(commitments: Sequence[Commitment], since: datetime, until: datetime) -> dict[UUID, Promise]:
    by_scope = load_bids(commitments, since, until)
    bids: dict[UUID, StandingBid] = {bid.commitment_id: bid for bid in by_scope.values()}
    held = _load_held({scope: bid.commitment_id for scope, bid in by_scope.items() if _caps_held(bid)}, since, until)
    began, suspended = _load_begins(commitments), _told(bids, _SUSPENDED)
    longest = max(
        (terms.window.seconds for bid in bids.values() for _, terms in bid.timeline if terms.window), default=0
    )
    uses: defaultdict[UUID, list[Use]] = defaultdict(list)
    rows = CommitmentUsage.objects.filter(
        use__commitment__in=bids, use__window_starts_at__gt=since - timedelta(seconds=longest), created_at__lt=until
    )
    said = ("use__commitment", "use__window_starts_at", "amount", "created_at", "returned_at")
    for commitment_id, *use in rows.values_list(*said):
        uses[commitment_id].append(Use(*use))
    return {
        key: Promise(replace(bid, active_at=began[key]), suspended[key], tuple(uses[key]), held[key])
        for key, bid in bids.items()
    }


def _caps_held(bid: StandingBid) -> bool:
    return any(terms.cap_held is not None for _, terms in bid.timeline)


def _load_held(
    commitments: Mapping[Scope, UUID], since: datetime, until: datetime
) -> "defaultdict[UUID, Steps[Decimal | None]]":
    """Gross notional that was held within the scope of each of these commitments, at the marks of now; None where
    something was held that was never marked."""
    providers = {provider_id for provider_id, _ in commitments}
    holdings = list(Holding.objects.filter(provider__in=providers).select_related("instrument"))
    prices = list_known_prices({row.instrument_id for row in holdings})
    quantities = _load_quantities(holdings, since, until)
    parts: defaultdict[UUID, list[Steps[Decimal | None]]] = defaultdict(list)
    for row in holdings:
        known = prices.get(row.instrument_id)
        price = estimate_of(known.sources) if known else None
        notionals = [(at, _notional(quantity, price)) for at, quantity in quantities[row.id]]
        for scope_id in (row.instrument_id, row.instrument.product_group_id, row.venue_id):
            if row.provider_id and (commitment_id := commitments.get((row.provider_id, scope_id))):
                parts[commitment_id].append(notionals)
    held: defaultdict[UUID, Steps[Decimal | None]] = defaultdict(lambda: ((EVER, ZERO),))
    held.update({commitment_id: _joined(several, _sum_known) for commitment_id, several in parts.items()})
    return held


def _notional(quantity: Decimal, price: Decimal | None) -> Decimal | None:
    if not quantity:
        return ZERO
    return None if price is None else multiply(quantity, price)


def _sum_known(several: Sequence[Decimal | None]) -> Decimal | None:
    known = [each for each in several if each is not None]
    return total(known) if len(known) == len(several) else None


def _load_quantities(holdings: Sequence[Holding], since: datetime, until: datetime) -> dict[UUID, Steps[Decimal]]:
    """How much each of these was, long or short. Where it changed several times in a moment the most counts for it."""
    noted = HeldQuantity.objects.filter(holding__in=holdings)
    told: dict[UUID, list[tuple[datetime, Decimal]]] = {}
    for row in _list_notes(noted, "holding", since, until):
        steps = told.setdefault(row.holding_id, [(EVER, row.was)])
        steps += _noted(row.created_at, row.most, row.quantity)
    return {row.id: told.get(row.id, [(EVER, row.quantity.copy_abs())]) for row in holdings}


def _load_begins(commitments: Sequence[Commitment]) -> dict[UUID, datetime | None]:
    """When each first stood: what is resumed begins anew, so that its row does not say it."""
    begins = {row.id: row.active_at for row in commitments}
    begun = {row.id: row.created_at for row in commitments}
    events = Event.objects.filter(subject_id__in=begins, kind__in=[CommitmentApproved.KIND, CommitmentResumed.KIND])
    for event in events.order_by("id"):
        if event.kind == CommitmentApproved.KIND:
            begun[event.subject_id] = datetime.fromisoformat(event.payload["active_at"])
        else:
            begins[event.subject_id] = begun[event.subject_id]
    return begins


def _load_free(
    provider_ids: Collection[UUID], asset_ids: Collection[UUID], since: datetime, until: datetime
) -> dict[tuple[UUID, UUID], Steps[Decimal]]:
    """What was free of the collateral of each provider in each asset. Before the first row that says it, as that says
    it was before; without any as it is. Where it changed several times in a moment the least counts for that: in favour
    of who pays for it."""
    accounts = {
        account.id: account
        for account in Account.objects.filter(
            provider__in=provider_ids, asset__in=asset_ids, kind=AccountKind.COLLATERAL
        )
    }
    noted = FreeCollateral.objects.filter(account__in=accounts)
    free: dict[UUID, list[tuple[datetime, Decimal]]] = {}
    for row in _list_notes(noted, "account", since, until):
        steps = free.setdefault(row.account_id, [(EVER, row.was)])
        steps += _noted(row.created_at, row.least_free, row.free)
    return {
        (account.provider_id, account.asset_id): free.get(key, [(EVER, account.free)])
        for key, account in accounts.items()
        if account.provider_id
    }


def _list_notes(notes: QuerySet[N], whose: str, since: datetime, until: datetime) -> list[N]:
    """Those that say how it was of each from `since` on, until before `until`: in order of time of each."""
    newest = notes.filter(created_at__lte=since).order_by(whose, "-id").distinct(whose)
    within = notes.filter(created_at__gt=since, created_at__lt=until).order_by("id")
    next_ones = notes.filter(created_at__gte=until).order_by(whose, "id").distinct(whose)
    return [*newest, *within, *next_ones]


def _noted(at: datetime, meanwhile: Decimal | None, then: Decimal) -> list[tuple[datetime, Decimal]]:
    """What a note says that was made then: also what counts while changes are noted together, if there were several."""
    return [(at, then)] if meanwhile is None else [(at, meanwhile), (at + NOTED_TOGETHER, then)]
