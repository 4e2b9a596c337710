"""The continuation edge: what a unit that a sealed auction leaves is reckoned to cost in the next step.

It starts at the sealed reserve, and follows what takers are paid in Dutch auctions: each of their clusters moves it a
tenth of the way, once an auction, however much it takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backstop.values.amounts import ZERO, divide_even, multiply, total
from backstop.values.bps import EDGE_SCALE

KEPT, FOLLOWED = 9, 1  # of ten parts


@dataclass(frozen=True, slots=True)
class EdgePaid:
    """So much notional (> 0) at an edge: what a cluster was given, or the part of a lot in a product group."""

    notional: Decimal
    edge_bps: Decimal


def mean_edge(taken: Sequence[EdgePaid]) -> tuple[Decimal, Decimal]:
    """The notional-weighted mean of these edges (of one at least), exactly: a numerator and its denominator."""
    weighted = total(multiply(each.notional, each.edge_bps) for each in taken)
    return weighted, total(each.notional for each in taken)


def moved(edge_bps: Decimal, taken: Sequence[Sequence[EdgePaid]], reserve_edge_bps: Decimal) -> Decimal:
    """Where what these clusters took in one auction moves it, in the order of their first takes: rounded half-even to
    four decimals each time, and within 0 and the sealed reserve."""
    for each in taken:
        weighted, notional = mean_edge(each)
        parts = total([multiply(KEPT, edge_bps, notional), multiply(FOLLOWED, weighted)])
        followed = divide_even(parts, multiply(KEPT + FOLLOWED, notional), EDGE_SCALE)
        edge_bps = min(max(followed, ZERO), reserve_edge_bps)
    return edge_bps


def of_lot(groups: Sequence[EdgePaid]) -> Decimal:
    """A lot's own: the mean of its groups' edges by their notional in it, rounded half-even to four decimals."""
    return divide_even(*mean_edge(groups), EDGE_SCALE)
