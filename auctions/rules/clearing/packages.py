"""The cheapest cover of a lot where some bids are packages: exact dynamic programming over units.

Guarantees the least total cost and, among equals, the cover that gives the earliest bids most: the first as many units
as possible, then the second, and so on.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, repeat
from typing import TypeAlias

Costs = list[int]
Choice: TypeAlias = "array[int]"
Way = tuple[int, dict[int, int]]  # units taken from the stack, and units of each package by its place

NOBODY = sys.maxsize


@dataclass(frozen=True, slots=True)
class PackageOffer:
    """A bid in whole numbers: no unit, or `least` to `most` of them (1 <= least <= most) at `edge` >= 0 each."""

    least: int
    most: int
    edge: int

    @property
    def is_package(self) -> bool:
        """Whether it must be taken as a whole up to a point; what is not a package can be cut anywhere."""
        return self.least > 1


@dataclass(frozen=True, slots=True)
class CheapestCover:
    """Units bought of each offer, by its place among the offers, and the cost of the lot, unsold units included."""

    taken: dict[int, int]
    cost: int


class OfferStack:
    """Offers that can be cut anywhere, cheapest first, and after them every unit left unsold."""

    def __init__(self, offers: Iterable[tuple[int, PackageOffer]], units: int, unsold_edge: int) -> None:
        layers = sorted((offer.edge, place, offer.most) for place, offer in offers)
        layers.append((unsold_edge, NOBODY, units))
        self._units = units
        self._layers = layers
        self._ends = list(accumulate(most for _, _, most in layers))

    def costs(self) -> Costs:
        """The cost of the cheapest n units, for every n from 0 to the lot."""
        edges = (edge for layer_edge, _, most in self._layers for edge in repeat(layer_edge, most))
        return list(accumulate(islice(edges, self._units), initial=0))

    def taken(self, units: int) -> dict[int, int]:
        """Who sells the cheapest `units`, by place; what is left unsold is not listed."""
        sold: dict[int, int] = {}
        for _, place, most in self._layers:
            if units and place != NOBODY:
                sold[place] = min(most, units)
                units -= sold[place]
        return sold

    def earliest_between(self, low: int, high: int) -> int:
        """The earliest place that sells more when `high` units are bought than when `low` < `high` are."""
        layers = self._layers[bisect_right(self._ends, low) : bisect_left(self._ends, high) + 1]
        return min(place for _, place, _ in layers)


def cheapest_cover(offers: Sequence[PackageOffer], units: int, unsold_edge: int) -> CheapestCover:
    """The least cost of `units`, each bought from an offer or left unsold at `unsold_edge`, which is above every edge.

    Packages are few and offers that can be cut are many, so only packages have tables (packages x units steps); the
    rest is bought from the cheap end of a stack.
    """
    packages = [(place, offer) for place, offer in enumerate(offers) if offer.is_package]
    stack = OfferStack(
        ((place, offer) for place, offer in enumerate(offers) if not offer.is_package), units, unsold_edge
    )
    table = empty_table(units, unsold_edge)
    choices: list[tuple[int, Choice]] = []
    for place, package in reversed(packages):
        table, choice = with_package(table, package)
        choices.append((place, choice))
    totals = [packaged + stacked for packaged, stacked in zip(table, reversed(stack.costs()), strict=True)]
    cost = min(totals)
    ways = (
        (units - packaged, _traced(packaged, choices)) for packaged in range(units, -1, -1) if totals[packaged] == cost
    )
    best = next(ways)
    for way in ways:
        if _gives_earlier(way, best, stack):
            best = way
    stacked, taken = best
    return CheapestCover(taken | stack.taken(stacked), cost)


def empty_table(units: int, dearest_edge: int) -> Costs:
    """The costs of exactly n units before any package is looked at: nothing costs nothing, the rest is out of reach.

    Out of reach is dearer than the whole lot at `dearest_edge`, which no edge exceeds.
    """
    return [0] + [units * dearest_edge + 1] * units


def with_package(table: Costs, package: PackageOffer) -> tuple[Costs, Choice]:
    """The least cost of exactly n units when `package` is on offer too, and how many units of it that takes.

    Of equal costs the one that takes more of the package. A constant number of steps for each n: either the package
    is taken or not (Bellman's knapsack recursion), or the number taken slides with n over a window of earlier costs.
    """
    if package.least >= len(table):
        return table, array("q", [0]) * len(table)
    if package.least == package.most:
        return _with_block(table, package.most, package.most * package.edge)
    return _with_range(table, package)


def _with_block(table: Costs, size: int, price: int) -> tuple[Costs, Choice]:
    taken = [cost + price for cost in table[: len(table) - size]]
    kept = table[size:]
    choice = array("q", [0] * size + [size if take <= keep else 0 for take, keep in zip(taken, kept, strict=True)])
    return table[:size] + list(map(min, taken, kept)), choice


def _with_range(table: Costs, package: PackageOffer) -> tuple[Costs, Choice]:
    edge, costs, choice = package.edge, list(table), array("q", [0]) * len(table)
    window: deque[tuple[int, int]] = deque()  # (cost before the package, less its edge for each unit; units before it)
    for units in range(package.least, len(table)):
        before = units - package.least
        level = table[before] - edge * before
        while window and window[-1][0] > level:
            window.pop()
        window.append((level, before))
        if window[0][1] < units - package.most:
            window.popleft()
        level, before = window[0]
        if level + edge * units <= table[units]:
            costs[units], choice[units] = level + edge * units, units - before
    return costs, choice


def _traced(units: int, choices: Sequence[tuple[int, Choice]]) -> dict[int, int]:
    taken: dict[int, int] = {}
    for place, choice in reversed(choices):
        if choice[units]:
            taken[place] = choice[units]
            units -= choice[units]
    return taken


def _gives_earlier(way: Way, other: Way, stack: OfferStack) -> bool:
    """Whether a way of buying, which takes more from the stack, gives more at the first place where the two differ."""
    (stacked, taken), (other_stacked, other_taken) = way, other
    differing = min(place for place in taken.keys() | other_taken.keys() if taken.get(place) != other_taken.get(place))
    if stack.earliest_between(other_stacked, stacked) < differing:
        return True
    return taken.get(differing, 0) > other_taken.get(differing, 0)
