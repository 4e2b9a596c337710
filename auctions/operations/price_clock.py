"""The price clock of a Dutch auction: the edge that its curve, as it was fixed at the opening, offers at an instant.

Called by takes, quotes and whatever shows an auction. The clock starts when everybody may take; until then better tiers
take alone, at the edge of its start. While the auction is halted it stands.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from auctions.models import Auction
from auctions.operations.halting import elapsed_seconds
from auctions.rules.curves import Curve, curve_of, edge_at
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
