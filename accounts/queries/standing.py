"""What stands behind a venue now: the standing commitments, frozen for one batch, and what they offer for its lots.

A stage that assigns loads once and asks for each lot, noting what it takes, so that no two lots get the same capacity:

    standing = load_standing_commitments(venue_ids, received_since, now)         # locks; six queries, however many
    for each lot: offers = standing.offers(venue_id=…, legs=…, …)                # pure
                  standing.note_taking(offer, units, legs)                       # for each offer taken
    take_capacity(takings=[Taking(draw.commitment_id, draw.window_starts_at, award.id, draw.unit_notional * units) …])

Free collateral is the caller's to pass and to count down: it holds the ledger.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms, CommitmentUse, Holding, Provider
from accounts.rules.commitments import Capacity, CommittedLeg, StandingBid, remaining_capacity
from accounts.rules.terms import StandingTerms, Timeline
from accounts.rules.tiers import LAST_TIER, Ladder, funded_capacity
from backstop.queries import list_source_prices
from backstop.values.amounts import ZERO, multiply, total
from backstop.values.marks import estimate_of


@dataclass(frozen=True, slots=True)
class LegDemand:
    """One leg of a lot: which way it points, and its notional in one unit of the lot, in the settlement asset."""

    instrument_id: UUID
    product_group_id: UUID
    side: str
    unit_notional: Decimal


@dataclass(frozen=True, slots=True)
class Draw:
    """One unit counts so much against this window of the commitment, which supplied it for those legs."""

    commitment_id: UUID
    window_starts_at: datetime
    unit_notional: Decimal


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """What a provider's commitments bid for a lot: up to `units` (> 0) at `min_edge_bps` or above."""

    provider_id: UUID
    group_id: UUID
    commitment_id: UUID
    min_edge_bps: Decimal
    units: int
    draws: tuple[Draw, ...]


class StandingCommitments:
    """All commitments of some venues as of `now`, with what this batch has taken of them already."""

    def __init__(
        self, now: datetime, providers: Mapping[UUID, Provider], bids: dict[tuple[UUID, UUID], StandingBid]
    ) -> None:
        self.now = now
        self._providers = providers
        self._bids = bids  # by provider, and the instrument, product group or venue that it is for

    def offers(
        self,
        *,
        venue_id: UUID,
        legs: Sequence[LegDemand],
        unit_hold: Decimal,
        free_collateral: Mapping[UUID, Decimal],
        received_at: datetime,
        max_units: int,
        excluded_providers: Collection[UUID] = (),
    ) -> list[StandingOffer]:
        """One offer of each provider who takes at least one unit of the lot; the lowest edge first, then id.

        `unit_hold` is what one unit needs of a provider's `free_collateral` (by provider id, none where absent), and
        `received_at` when the lot's book was received.
        """
        found = []
        for provider in self._providers.values():
            if provider.venue_id != venue_id or provider.id in excluded_providers:
                continue
            capacity = self._capacity(provider, legs, received_at, unit_hold, free_collateral.get(provider.id, ZERO))
            offer = _offer(provider, capacity, max_units)
            if offer is not None:
                found.append(offer)
        return sorted(found, key=lambda offer: (offer.min_edge_bps, offer.provider_id))

    @property
    def providers(self) -> Collection[Provider]:
        """Whoever has commitments."""
        return self._providers.values()

    def tiers(
        self,
        *,
        venue_id: UUID,
        legs: Sequence[LegDemand],
        unit_hold: Decimal,
        collateral: Mapping[UUID, Decimal],
        received_at: datetime,
        ladder: Ladder,
        max_edge_bps: Decimal,
        scale: int,
    ) -> dict[UUID, int]:
        """The providers of a better tier than the last for the lot, by what they have promised for it and can fund.

        `collateral` is all that each holds, held or not: what it promised does not shrink as it bids on it.
        """
        if not ladder.has_rungs:
            return {}
        unit_notional = total(leg.unit_notional for leg in legs)
        found = {}
        for provider in self._providers.values():
            if provider.venue_id == venue_id:
                held = collateral.get(provider.id, ZERO)
                capacity = self._capacity(provider, legs, received_at, unit_hold, held)
                found[provider.id] = ladder.tier_of(funded_capacity(capacity, unit_notional, max_edge_bps, scale))
        return {provider_id: tier for provider_id, tier in found.items() if tier < LAST_TIER}

    def _capacity(
        self,
        provider: Provider,
        legs: Sequence[LegDemand],
        received_at: datetime,
        unit_hold: Decimal,
        collateral: Decimal,
    ) -> Capacity:
        return remaining_capacity(
            [
                CommittedLeg(leg.side, leg.unit_notional, self.covering(provider.id, _scopes(provider, leg)))
                for leg in legs
            ],
            received_at=received_at,
            now=self.now,
            free_collateral=collateral,
            unit_hold=unit_hold,
            provider_suspended=provider.is_suspended,
        )

    def note_taking(self, offer: StandingOffer, units: int, legs: Iterable[LegDemand]) -> None:
        """Count `units` of this offer as taken, for the next lot of the batch."""
        provider = self._providers[offer.provider_id]
        taken = {draw.commitment_id: multiply(draw.unit_notional, units) for draw in offer.draws}
        for leg in legs:
            for scope_id in _scopes(provider, leg):
                bid = self._bids.get((provider.id, scope_id))
                if bid is not None:
                    held = None if bid.held is None else bid.held + multiply(leg.unit_notional, units)
                    self._bids[provider.id, scope_id] = _with_use(
                        replace(bid, held=held), taken.pop(bid.commitment_id, ZERO), self.now
                    )

    def covering(self, provider_id: UUID, scope_ids: Iterable[UUID]) -> list[StandingBid]:
        """The provider's commitments for these instruments, product groups or venues, in their order."""
        return [bid for scope_id in scope_ids if (bid := self._bids.get((provider_id, scope_id)))]


def load_commitments(commitments: QuerySet[Commitment], received_since: datetime, now: datetime) -> StandingCommitments:
    """The given commitments as they stand; `provider` has to be selected with them."""
    rows = list(commitments)
    timelines = load_timelines([row.id for row in rows], received_since, now)
    used = _load_used(timelines, now)
    held = _load_held(rows)
    bids = {
        (row.provider_id, scope_of(row)): StandingBid(
            commitment_id=row.id,
            suspended=row.state == CommitmentState.SUSPENDED,
            active_at=row.active_at,
            timeline=timelines[row.id],
            anchor_at=row.window_anchor_at,
            used=used[row.id],
            held=held.get((row.provider_id, scope_of(row)), ZERO),
        )
        for row in rows
    }
    return StandingCommitments(now, {row.provider_id: row.provider for row in rows}, bids)


def scope_of(commitment: Commitment) -> UUID:
    """The id of the instrument, product group or venue that it is for."""
    return commitment.instrument_id or commitment.product_group_id or commitment.venue_id


def load_timelines(commitment_ids: Collection[UUID], since: datetime, until: datetime) -> dict[UUID, Timeline]:
    """The terms of each commitment that are in force at some moment from `since` to `until`, oldest first."""
    first = (
        CommitmentTerms.objects.filter(commitment_id__in=commitment_ids, effective_at__lte=since)
        .order_by("commitment_id", "-effective_at")
        .distinct("commitment_id")
    )
    later = CommitmentTerms.objects.filter(
        commitment_id__in=commitment_ids, effective_at__gt=since, effective_at__lte=until
    ).order_by("effective_at")
    timelines: dict[UUID, list[tuple[datetime, StandingTerms]]] = {
        commitment_id: [] for commitment_id in commitment_ids
    }
    for row in [*first, *later]:
        timelines[row.commitment_id].append((row.effective_at, row.terms))
    return dict(timelines)


def _load_used(timelines: Mapping[UUID, Timeline], now: datetime) -> dict[UUID, dict[datetime, Decimal]]:
    """By commitment and start of window; only windows that may not be over yet."""
    windows = [terms.window for timeline in timelines.values() for _, terms in timeline if terms.window]
    longest = timedelta(seconds=max((window.seconds for window in windows), default=0))
    used: dict[UUID, dict[datetime, Decimal]] = defaultdict(dict)
    for use in CommitmentUse.objects.filter(commitment_id__in=timelines, window_starts_at__gte=now - longest):
        used[use.commitment_id][use.window_starts_at] = use.used
    return used


def _load_held(commitments: Collection[Commitment]) -> dict[tuple[UUID | None, UUID], Decimal | None]:
    """Gross notional by provider, and instrument, product group or venue; None where a holding was never marked."""
    providers = {row.provider_id for row in commitments}
    holdings = list(Holding.objects.filter(provider_id__in=providers).exclude(quantity=0).select_related("instrument"))
    prices = list_source_prices({holding.instrument_id for holding in holdings})
    held: dict[tuple[UUID | None, UUID], Decimal | None] = {}
    for holding in holdings:
        known = prices.get(holding.instrument_id)
        notional = multiply(abs(holding.quantity), estimate_of(known)) if known else None
        for scope_id in (holding.instrument_id, holding.instrument.product_group_id, holding.venue_id):
            before = held.get((holding.provider_id, scope_id), ZERO)
            sum_known = None if before is None or notional is None else before + notional
            held[holding.provider_id, scope_id] = sum_known
    return held


def _offer(provider: Provider, capacity: Capacity, max_units: int) -> StandingOffer | None:
    room = capacity.room()
    units = max_units if room is None else min(int(room), max_units)
    if units <= 0 or capacity.commitment_id is None or capacity.min_edge_bps is None:
        return None
    draws = tuple(
        Draw(cap.commitment_id, cap.window.starts_at, cap.per_unit)
        for cap in capacity.caps
        if cap.commitment_id and cap.window and cap.window.starts_at
    )
    return StandingOffer(
        provider_id=provider.id,
        group_id=provider.group_id,
        commitment_id=capacity.commitment_id,
        min_edge_bps=capacity.min_edge_bps,
        units=units,
        draws=draws,
    )


def _with_use(bid: StandingBid, notional: Decimal, now: datetime) -> StandingBid:
    """The bid with so much more used at this instant."""
    if not notional:
        return bid
    anchored = replace(bid, anchor_at=bid.anchor_at or now)
    return replace(anchored, used={**bid.used, now: bid.used.get(now, ZERO) + notional})


def _scopes(provider: Provider, leg: LegDemand) -> tuple[UUID, UUID, UUID]:
    """What a commitment that covers the leg may be for, widest first."""
    return provider.venue_id, leg.product_group_id, leg.instrument_id
