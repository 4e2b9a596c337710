"""What stands behind a venue now: the standing commitments of providers, with what of them is used and held."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms, CommitmentUse, Holding
from accounts.rules.commitments import StandingBid
from accounts.rules.terms import StandingTerms, Timeline
from backstop.queries import list_known_prices
from backstop.values.amounts import ZERO, multiply, total
from backstop.values.marks import estimate_of

Scope = tuple[UUID, UUID]  # a provider, and the instrument, product group or venue that its bid is for


@dataclass(frozen=True, slots=True)
class LegDemand:
    """One leg of a lot: which way it points, and its notional in one unit of the lot, in the settlement asset."""

    instrument_id: UUID
    product_group_id: UUID
    side: str
    unit_notional: Decimal


@dataclass(frozen=True, slots=True)
class WindowDraw:
    """One unit counts so much against this window of the commitment, which supplied it for those legs."""

    commitment_id: UUID
    window_starts_at: datetime
    unit_notional: Decimal


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """What a provider's commitments bid for a lot: up to `units` (> 0) at `min_edge_bps` or above, one of them named,
    which `stands_since` it was approved."""

    provider_id: UUID
    group_id: UUID
    commitment_id: UUID
    min_edge_bps: Decimal
    units: int
    draws: tuple[WindowDraw, ...]
    stands_since: datetime


def load_bids(commitments: Collection[Commitment], received_since: datetime, now: datetime) -> dict[Scope, StandingBid]:
    """The given commitments as they stand for books received at `received_since` or later, by what they are for."""
    timelines = load_timelines([row.id for row in commitments], received_since, now)
    used = _load_used(timelines, now)
    held = _load_held({row.provider_id for row in commitments})
    return {
        (row.provider_id, scope_of(row)): StandingBid(
            commitment_id=row.id,
            suspended=row.state == CommitmentState.SUSPENDED,
            active_at=row.active_at,
            timeline=timelines[row.id],
            anchor_at=row.window_anchor_at,
            used=used[row.id],
            held=held.get((row.provider_id, scope_of(row)), ZERO),
        )
        for row in commitments
    }


def covering(bids: Mapping[Scope, StandingBid], provider_id: UUID, scope_ids: Iterable[UUID]) -> list[StandingBid]:
    """The provider's bids for these instruments, product groups or venues, in their order."""
    return [bid for scope_id in scope_ids if (bid := bids.get((provider_id, scope_id)))]


def scope_of(commitment: Commitment) -> UUID:
    """The id of the instrument, product group or venue that it is for."""
    return commitment.instrument_id or commitment.product_group_id or commitment.venue_id


def load_timelines(commitment_ids: Collection[UUID], since: datetime, until: datetime) -> dict[UUID, Timeline]:
    """The terms of each commitment that are in force at some moment from `since` to `until`, oldest first."""
    begun = CommitmentTerms.objects.filter(commitment=OuterRef("id"), effective_at__lte=since).order_by("-effective_at")
    in_force = Commitment.objects.filter(id__in=commitment_ids).values_list(Subquery(begun.values("id")[:1]))
    first = CommitmentTerms.objects.filter(id__in=in_force)  # however many there were before
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


def _load_held(provider_ids: Collection[UUID]) -> dict[tuple[UUID | None, UUID], Decimal | None]:
    """Gross notional by provider, and instrument, product group or venue; None where a holding was never marked."""
    holdings = list(
        Holding.objects.filter(provider_id__in=provider_ids).exclude(quantity=0).select_related("instrument")
    )
    prices = list_known_prices({holding.instrument_id for holding in holdings})
    held: dict[tuple[UUID | None, UUID], Decimal | None] = {}
    for holding in holdings:
        known = prices.get(holding.instrument_id)
        notional = multiply(holding.quantity.copy_abs(), estimate_of(known.sources)) if known else None
        for scope_id in (holding.instrument_id, holding.instrument.product_group_id, holding.venue_id):
            before = held.get((holding.provider_id, scope_id), ZERO)
            sum_known = None if before is None or notional is None else total([before, notional])
            held[holding.provider_id, scope_id] = sum_known
    return held
