"""Which bids sell how many units: most units first, then least cost to the estate, then the bids of precedence.

Guarantees the best selection, or says that it is not proven and by how much at most it could be bettered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.clearing.packages import PackageOffer, cheapest_cover
from auctions.rules.clearing.terms import ClearingBid
from backstop.values import amounts

# Package steps (packages x units) that one clearing may take: 30 packages are exact on a lot of 100,000 units.
WORK_LIMIT = 3_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Units sold by bid id, whether that is proven best, and by how many units x edge it could be bettered at most."""

    sold: Mapping[str, int]
    optimal: bool
    gap: Decimal


@dataclass(frozen=True, slots=True)
class WholeMarket:
    """Bids in whole numbers: edges counted in the smallest step among them, from the lowest of them upwards.

    Every cover of a lot counts the same number of units, so that moving all edges by the lowest changes no
    comparison.
    """

    offers: list[PackageOffer]
    unsold_edge: int
    step: int
    decimals: int

    def difference(self, dearer: int, cheaper: int) -> Decimal:
        """How much more, in units x edge, one cover costs than another."""
        return Decimal(dearer // self.step - cheaper // self.step).scaleb(-self.decimals, context=amounts.EXACT)


def in_whole_numbers(bids: Sequence[ClearingBid], units: int, unsold_edge_bps: Decimal | None) -> WholeMarket:
    """`bids` as offers of whole numbers, and the edge that stands for leaving a unit unsold.

    None makes one unsold unit dearer than anything that can be bought: most units come first, then the least cost.
    Otherwise an unsold unit costs `unsold_edge_bps`, at least every bid's edge, and a trifle (one in `units` + 1
    parts of the smallest step) more: of equal costs the one that sells more units.
    """
    edges = [bid.edge_bps for bid in bids] + ([] if unsold_edge_bps is None else [unsold_edge_bps])
    decimals = max(0, *(-int(edge.normalize(amounts.EXACT).as_tuple().exponent) for edge in edges))
    lowest = min(edges)
    step = 1 if unsold_edge_bps is None else units + 1

    def whole(edge: Decimal) -> int:
        with amounts.exactly():
            return int(amounts.difference(edge, lowest).scaleb(decimals, context=amounts.EXACT)) * step

    offers = [
        PackageOffer(bid.least_units, max(bid.least_units, min(bid.units, units)), whole(bid.edge_bps)) for bid in bids
    ]
    if unsold_edge_bps is None:
        return WholeMarket(offers, units * max(offer.edge for offer in offers) + 1, step, decimals)
    return WholeMarket(offers, whole(unsold_edge_bps) + 1, step, decimals)


def select(
    bids: Sequence[ClearingBid], units: int, unsold_edge_bps: Decimal | None = None, work_limit: int = WORK_LIMIT
) -> Selection:
    """How many of `units` each bid sells, at the edges that are bid.

    With `unsold_edge_bps` the least total cost counts, an unsold unit at that edge; without it the most units come
    first. The two differ only where a bid is a package. Cost means edges as bid, whatever the format pays afterwards.
    """
    packages = [bid for bid in bids if bid.is_package]
    if not packages:
        return Selection(fill_cheapest_first(bids, units), optimal=True, gap=amounts.ZERO)
    exact = work_limit // units
    if len(packages) <= exact:
        return Selection(_sold(bids, units, unsold_edge_bps), optimal=True, gap=amounts.ZERO)
    taken, open_packages = _core(bids, units, exact)
    rest = [bid for bid in bids if not bid.is_package] + open_packages
    left = units - sum(bid.units for bid in taken)
    sold = {bid.id: bid.units for bid in taken} | _sold(rest, left, unsold_edge_bps)
    gap = _gap(bids, units, sold)
    return Selection(sold, optimal=gap == 0, gap=gap)


def fill_cheapest_first(bids: Iterable[ClearingBid], units: int) -> dict[str, int]:
    """Units by bid id when every bid can be cut anywhere: the lowest edges, and among equal edges by precedence."""
    sold: dict[str, int] = {}
    for bid in sorted(bids, key=lambda bid: (bid.edge_bps, bid.precedence)):
        if units:
            sold[bid.id] = min(bid.units, units)
            units -= sold[bid.id]
    return sold


def _sold(bids: Sequence[ClearingBid], units: int, unsold_edge_bps: Decimal | None) -> dict[str, int]:
    ordered = sorted(bids, key=lambda bid: bid.precedence)
    if not ordered or not units:
        return {}
    market = in_whole_numbers(ordered, units, unsold_edge_bps)
    taken = cheapest_cover(market.offers, units, market.unsold_edge).taken
    return {ordered[place].id: number for place, number in taken.items()}


def _core(bids: Sequence[ClearingBid], units: int, exact: int) -> tuple[list[ClearingBid], list[ClearingBid]]:
    """The packages taken outright, and the `exact` ones around the margin that are decided exactly.

    If packages could be cut, those far below the marginal edge would all be taken and those far above it none; only
    the core around the margin is in doubt (Balas and Zemel, An algorithm for large zero-one knapsack problems, 1980).
    """
    below: list[ClearingBid] = []
    above: list[ClearingBid] = []
    filled = 0
    for bid in sorted(bids, key=lambda bid: (bid.edge_bps, bid.precedence)):
        filled += bid.units
        if bid.is_package:
            (below if filled <= units else above).append(bid)
    open_below = min(len(below), max(exact // 2, exact - len(above)))
    taken = below[: len(below) - open_below]
    return taken, below[len(below) - open_below :] + above[: exact - open_below]


def _gap(bids: Sequence[ClearingBid], units: int, sold: Mapping[str, int]) -> Decimal:
    """How far the cost of `sold` is above that of a relaxed lot, in which every package could be cut anywhere.

    No selection costs less than the relaxed one. An unsold unit counts one basis point more than the highest edge, so
    that a gap of zero proves the most units and the least cost.
    """
    unsold_edge = amounts.total([max(bid.edge_bps for bid in bids), Decimal(1)])
    saved = {bid.id: amounts.EXACT.subtract(unsold_edge, bid.edge_bps) for bid in bids}

    def savings(units_sold: Mapping[str, int]) -> Decimal:
        return amounts.total(amounts.multiply(saved[bid], number) for bid, number in units_sold.items())

    return amounts.EXACT.subtract(savings(fill_cheapest_first(bids, units)), savings(sold))
