"""Who may take a lot from its standing commitments, how many units of it, and which caps bind: the one rule for it.

A commitment is a standing bid; what it offers is judged as of the instant at which the book was received, what is used
of it as of now, suspension at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from accounts.rules.terms import BOTH, CAPS, CapName, StandingTerms, Timeline, Window, merge, terms_at
from backstop.values.amounts import ZERO, difference, divide_down, total
from backstop.values.periods import Calendar, Period, window_at


class Reason(StrEnum):
    """Why nothing may be taken, whatever the caps say."""

    PROVIDER_SUSPENDED = "provider_suspended"
    COMMITMENT_SUSPENDED = "commitment_suspended"
    NOT_EFFECTIVE = "not_effective"
    EDGE_MISSING = "edge_missing"
    SIDE_EXCLUDED = "side_excluded"
    CALENDAR_EXCLUDED = "calendar_excluded"
    HOLDINGS_UNPRICED = "holdings_unpriced"


@dataclass(frozen=True, slots=True)
class StandingBid:
    """One commitment as it stands: its terms over time, and what is used.

    `used` maps the starts of windows to notional taken in them; `held` is the gross notional that the provider holds
    within the commitment's scope, None where something it holds has no mark.
    """

    commitment_id: UUID
    suspended: bool
    active_at: datetime | None
    timeline: Timeline
    anchor_at: datetime | None
    used: Mapping[datetime, Decimal]
    held: Decimal | None

    def terms_for(self, received_at: datetime) -> StandingTerms | None:
        """What it offers to a book of that instant; None where it is not approved, not begun or over."""
        if self.active_at is None or self.active_at > received_at:
            return None
        terms = terms_at(self.timeline, received_at)
        return terms if terms is not None and terms.life.contains(received_at) else None

    def window_around(self, now: datetime, seconds: int) -> Period:
        """The window that a taking now would count in; the first taking begins the first window."""
        return window_at(self.anchor_at or now, seconds, now)

    def used_in(self, window: Period) -> Decimal:
        """What was taken in it, also in shorter windows that a former length of them began within it."""
        return total(amount for starts_at, amount in self.used.items() if window.contains(starts_at))


@dataclass(frozen=True, slots=True)
class CommittedLeg:
    """One leg of a lot and the provider's commitments that cover it, widest first. No side: either."""

    side: str | None
    unit_notional: Decimal
    bids: Sequence[StandingBid]


@dataclass(frozen=True, slots=True)
class CommitmentCap:
    """A limit of so much, `used` already, of which one unit of the lot needs `per_unit`."""

    name: CapName
    commitment_id: UUID | None
    limit: Decimal
    used: Decimal
    per_unit: Decimal
    window: Period | None = None

    @property
    def remaining(self) -> Decimal:
        return max(difference(self.limit, self.used), ZERO)

    def room(self, scale: int = 0) -> Decimal:
        """How many units fit, to `scale` decimals; what fits exactly fits."""
        return divide_down(self.remaining, self.per_unit, scale)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a provider offers for a lot: at what edge, within which caps; nothing if there is a reason against it.

    `commitment_id` is the narrowest commitment that covers the first leg.
    """

    commitment_id: UUID | None
    min_edge_bps: Decimal | None
    reasons: tuple[Reason, ...]
    caps: tuple[CommitmentCap, ...]

    def room(self, scale: int = 0) -> Decimal | None:
        """How many units may be taken, to `scale` decimals: the least of all caps. None: no cap limits it."""
        if self.reasons:
            return ZERO
        return min((cap.room(scale) for cap in self.caps), default=None)

    def binding(self, scale: int = 0, beside: Decimal | None = None) -> tuple[CommitmentCap, ...]:
        """The caps that leave least room, and no more than is left `beside` them: raising all of them would allow
        more, but for that."""
        rooms = [cap.room(scale) for cap in self.caps]
        least = min(rooms if beside is None else [*rooms, beside], default=None)
        return tuple(cap for cap, room in zip(self.caps, rooms, strict=True) if room == least)


def remaining_capacity(
    legs: Sequence[CommittedLeg],
    *,
    received_at: datetime,
    now: datetime,
    free_collateral: Decimal,
    unit_hold: Decimal,
    provider_suspended: bool = False,
    assigned: Sequence[CommittedLeg] = (),
) -> Capacity:
    """What a provider's standing commitments offer for a lot whose every leg and side they accept.

    `unit_hold` is what one unit needs of `free_collateral`. A cap counts the legs for which its commitment supplied
    it; a lot's minimum edge is the highest of its legs'. `assigned` is what they were given of the lot's book before,
    in this lot or another, as legs of one unit: a cap per assignment is the book's.
    """
    reasons: list[Reason] = [Reason.PROVIDER_SUSPENDED] if provider_suspended else []
    edges: list[Decimal] = []
    needs: dict[tuple[CapName, UUID], _Need] = {}
    narrowest: list[UUID | None] = []
    for leg in legs:
        standing = _standing(leg, received_at)
        merged, suppliers = merge([(bid.commitment_id, terms) for bid, terms in standing])
        by_id = {bid.commitment_id: bid for bid, _ in standing}
        reasons += _reasons(leg, merged, bool(standing), received_at)
        narrowest.append(standing[-1][0].commitment_id if standing else None)
        if merged.min_edge_bps is not None:
            edges.append(merged.min_edge_bps)
        for name in CAPS:
            if name in suppliers and leg.unit_notional > 0:
                limit = getattr(merged, name)
                need = needs.setdefault((name, suppliers[name]), _Need(by_id[suppliers[name]], limit))
                need.per_unit = total([need.per_unit, leg.unit_notional])
    caps = list(_caps(needs, now, _assigned_by_commitment(assigned, received_at)))
    if any(name is CapName.HELD and need.bid.held is None for (name, _), need in needs.items()):
        reasons.append(Reason.HOLDINGS_UNPRICED)
    if unit_hold > 0:
        caps.append(CommitmentCap(CapName.COLLATERAL, None, free_collateral, ZERO, unit_hold))
    return Capacity(narrowest[0], max(edges, default=None), tuple(dict.fromkeys(reasons)), tuple(caps))


@dataclass(slots=True)
class _Need:
    """What one unit of a lot counts against one cap of one commitment."""

    bid: StandingBid
    limit: Decimal | Window
    per_unit: Decimal = ZERO


def _standing(leg: CommittedLeg, received_at: datetime) -> list[tuple[StandingBid, StandingTerms]]:
    """The bids that stand for the leg, with their terms."""
    return [(bid, terms) for bid in leg.bids if (terms := bid.terms_for(received_at)) is not None]


def _assigned_by_commitment(assigned: Sequence[CommittedLeg], received_at: datetime) -> dict[UUID, Decimal]:
    """What counts against the cap per assignment of each commitment that supplied one."""
    counted: dict[UUID, Decimal] = {}
    for leg in assigned:
        _, suppliers = merge([(bid.commitment_id, terms) for bid, terms in _standing(leg, received_at)])
        if supplier := suppliers.get(CapName.ASSIGNMENT):
            counted[supplier] = total([counted.get(supplier, ZERO), leg.unit_notional])
    return counted


def _reasons(leg: CommittedLeg, merged: StandingTerms, stands: bool, received_at: datetime) -> Iterator[Reason]:
    if any(bid.suspended for bid in leg.bids):
        yield Reason.COMMITMENT_SUSPENDED
    if not stands:
        yield Reason.NOT_EFFECTIVE
        return
    if merged.min_edge_bps is None:
        yield Reason.EDGE_MISSING
    if leg.side is not None and merged.sides not in (None, BOTH, leg.side):
        yield Reason.SIDE_EXCLUDED
    if not (merged.calendar or Calendar.ALL).includes(received_at):
        yield Reason.CALENDAR_EXCLUDED


def _caps(
    needs: Mapping[tuple[CapName, UUID], _Need], now: datetime, assigned: Mapping[UUID, Decimal]
) -> Iterator[CommitmentCap]:
    for (name, commitment_id), need in needs.items():
        if isinstance(need.limit, Window):
            window = need.bid.window_around(now, need.limit.seconds)
            used = need.bid.used_in(window)
            yield CommitmentCap(name, commitment_id, need.limit.capacity, used, need.per_unit, window)
        else:
            used = (need.bid.held or ZERO) if name is CapName.HELD else assigned.get(commitment_id, ZERO)
            yield CommitmentCap(name, commitment_id, need.limit, used, need.per_unit)
