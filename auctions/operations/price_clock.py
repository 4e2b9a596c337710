"""The price clock of a Dutch auction: the edge that its curve, as it was fixed at the opening, offers at an instant.

Called by takes, quotes and whatever shows an auction.
"""

from datetime import datetime
from decimal import Decimal

from auctions.models import Auction
from auctions.operations.halting import elapsed_seconds
from auctions.rules.curves import curve_of, edge_at
from backstop.values.amounts import ZERO
from backstop.values.bps import floor_edge


def edge_of(auction: Auction, now: datetime, cap_bps: Decimal) -> Decimal:
    """What a take gets, at most the cap: floored, so that the estate never pays more than the curve says."""
    assert auction.curve is not None
    return floor_edge(edge_at(curve_of(auction.curve), max(elapsed_seconds(auction, now), ZERO), cap_bps))
