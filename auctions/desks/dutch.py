"""The price clock of a Dutch auction: the edge that its curve, as it was fixed at the opening, offers at an instant.

Called by takes, quotes and whatever shows an auction. The clock starts when everybody may take; until then better tiers
take alone, at the edge of its start. While the auction is halted it stands.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Provider
from accounts.rules.refusals import ProviderSuspended
from auctions.desks.halts import elapsed_seconds
from auctions.desks.participants import candidate_of
from auctions.desks.work import Work
from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction
from auctions.rules.curves import Curve, curve_of, edge_at
from auctions.rules.eligibility import Bar, why_not
from auctions.rules.refusals import (
    AuctionNotOpen,
    DriftTooLarge,
    MinUnitsAboveUnits,
    MinUnitsNotMet,
    ProviderExcluded,
    UnitsBelowMinimum,
    UnitsNotPositive,
)
from auctions.rules.takes import take_size, valid_sizes
from auctions.rules.valuation import drift_bps, notional_of
from auctions.rules.waterfall import reserve_edge
from backstop.values.amounts import ZERO
from backstop.values.bps import floor_edge


def curve(auction: Auction) -> Curve:
    """How the edge of this Dutch auction rises."""
    assert auction.curve is not None
    return curve_of(auction.curve)


def clock_seconds(auction: Auction, now: datetime) -> Decimal:
    """How long the price clock has run; below zero until it starts."""
    return elapsed_seconds(auction, now) - auction.priority_seconds


def edge_of(auction: Auction, now: datetime, cap_bps: Decimal) -> Decimal:
    """What a take gets, at most the cap: floored, so that the estate never pays more than the curve says."""
    return floor_edge(edge_at(curve(auction), max(clock_seconds(auction, now), ZERO), cap_bps))


def may_take(auction: Auction, provider_id: UUID, now: datetime) -> bool:
    """Whether it is this provider's time."""
    return clock_seconds(auction, now) >= 0 or str(provider_id) in auction.tiers


def access_from(auction: Auction, provider_id: UUID) -> datetime:
    """From when on this provider may take, unless the auction is halted before."""
    return auction.opens_at if str(provider_id) in auction.tiers else starts_at(auction)


def starts_at(auction: Auction) -> datetime:
    """When the price clock starts and everybody may take, unless the auction is halted before."""
    return auction.opens_at + timedelta(seconds=float(auction.halted_seconds + auction.priority_seconds))


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Up to `units`, but `min_units` or more, at `edge_floor_bps` or more (None: at any edge), of the book as it is in
    `book_version` (None: in any)."""

    client_bid_id: str
    units: int
    edge_floor_bps: Decimal | None = None
    min_units: int = 1
    book_version: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The edge of an instant: the price clock's, at most `cap_bps`, which the lot affords at the marks in force."""

    edge_bps: Decimal
    cap_bps: Decimal
    marks: dict[UUID, Decimal]


def require_open(auction: Auction, now: datetime) -> None:
    """Raises AuctionNotOpen."""
    if auction.kind != StepKind.DUTCH:
        raise AuctionNotOpen("this auction is sealed: it takes bids, not takes")
    if auction.state != AuctionState.OPEN or not auction.opens_at <= now < auction.closes_at:
        raise AuctionNotOpen("the auction is not open")


def require_eligible(provider: Provider, auction: Auction) -> None:
    """Raises ProviderSuspended, ProviderExcluded."""
    bar = why_not(candidate_of(provider), auction.exclusions)
    if bar is Bar.SUSPENDED:
        raise ProviderSuspended("you are suspended and may take nothing new")
    if bar is Bar.EXCLUDED:
        raise ProviderExcluded("you may not take part in the auction of this account")


def size_of(auction: Auction, order: TakeOrder) -> int:
    """How many units the take gets. Raises UnitsNotPositive, MinUnitsAboveUnits, UnitsBelowMinimum, MinUnitsNotMet."""
    if min(order.units, order.min_units) < 1:
        raise UnitsNotPositive("units must be at least 1", pointer="/units")
    if order.min_units > order.units:
        raise MinUnitsAboveUnits("must be at most units", pointer="/min_units")
    left = auction.units - auction.units_taken
    size = take_size(order.units, left, auction.min_take_units)
    if not size:
        least = valid_sizes(left, auction.min_take_units)[0][0]
        raise UnitsBelowMinimum(f"{least} units have to be taken at least", pointer="/units")
    if size < order.min_units:
        raise MinUnitsNotMet(f"{size} units could be taken, not {order.min_units}", pointer="/min_units")
    return size


def price(work: Work, auction: Auction, now: datetime) -> Price:
    """What a unit is sold at now. Raises MarkMissing, MarkStale, DriftTooLarge."""
    marks = work.marks(now)
    drift = drift_bps({UUID(key): Decimal(price) for key, price in auction.marks.items()}, marks)
    if drift > work.playbook.max_drift_bps:
        raise DriftTooLarge(f"marks moved by {drift} bps since the opening: nothing is sold at them")
    notional = notional_of(work.free_legs, marks, work.asset.scale)
    cap = reserve_edge(auction.reserve_edge_bps, work.budget, notional)
    return Price(edge_of(auction, now, cap), cap, marks)
