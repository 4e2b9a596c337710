"""How many units each edge sells: most units first, then least cost to the estate.

Called by the formats, before rationing decides who gets them at each edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from auctions.rules.clearing.terms import Bid


@dataclass(frozen=True, slots=True)
class Selection:
    """Units sold by edge (edges that sell nothing are left out), and how far that is proven best."""

    units_at: dict[Decimal, int]
    optimal: bool
    gap: Decimal


def by_edge(bids: Sequence[Bid]) -> dict[Decimal, list[Bid]]:
    """The bids of each edge, lowest edge first, each list by sequence."""
    ordered = sorted(bids, key=lambda bid: (bid.edge_bps, bid.sequence))
    return {edge: list(members) for edge, members in groupby(ordered, key=lambda bid: bid.edge_bps)}


def select(bids: Sequence[Bid], units: int) -> Selection:
    """The units that each edge sells of `units`, filling from the lowest edge."""
    units_at: dict[Decimal, int] = {}
    left = units
    for edge, members in by_edge(bids).items():
        sold = min(left, sum(bid.units for bid in members))
        if sold:
            units_at[edge] = sold
            left -= sold
    return Selection(units_at, optimal=True, gap=Decimal(0))
