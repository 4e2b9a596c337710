"""How a book is cut into lots, a lot into units, and which units somebody gets.

The awards of a lot together are exactly the lot, leg by leg and step by step.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from auctions.rules.valuation import Leg
from backstop.values.amounts import multiply, round_up, total
from backstop.values.splitting import slice_steps

Range = tuple[int, int]  # (first unit, how many)
Limit = tuple[Sequence[Leg], Decimal]  # (legs of a lot, what they may be worth together)

MOST_PARTS = 100


def group_by_key(keys: Sequence[Hashable]) -> list[list[int]]:
    """The indices that share a key, in the order in which each key is met first."""
    members: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        members.setdefault(key, []).append(index)
    return list(members.values())


def part_count(legs: Sequence[Leg], marks: Mapping[UUID, Decimal], limits: Sequence[Limit], scale: int) -> int:
    """Into how many lots these legs are cut so that each limit (> 0) holds in each of them at the marks; equal is fine.

    The fewest that do, at most `MOST_PARTS` and at most the smallest leg in steps, so that no part lacks a leg: what
    would have to be cut finer is cut as fine as that. Notionals are in amounts of `scale` decimals.
    """
    most = min(MOST_PARTS, *(leg.steps for leg in legs))

    def are_within(parts: int) -> bool:
        return all(_worth_at_most(some, marks, parts, scale) <= limit for some, limit in limits)

    return 1 + bisect_left(range(1, most), True, key=are_within)


def _worth_at_most(legs: Sequence[Leg], marks: Mapping[UUID, Decimal], parts: int, scale: int) -> Decimal:
    """A part that has the most of each leg: its share, rounded up to a quantity step."""
    shares = [multiply(-(-leg.steps // parts), leg.quantity_step, marks[leg.instrument_id]) for leg in legs]
    return total(round_up(share, scale) for share in shares)


def cut_quantity(leg: Leg, parts: int) -> list[Decimal]:
    """The leg's quantity in `parts` that are equal to a quantity step and sum to it exactly."""
    return [multiply(slice_steps(leg.steps, part, 1, parts), leg.quantity_step) for part in range(parts)]


def unit_count(wanted: int, legs: Sequence[Leg]) -> int:
    """How many units a lot has: `wanted`, at most the smallest leg in steps, so that no unit lacks a leg."""
    return max(1, min(wanted, *(leg.steps for leg in legs)))


def slice_legs(legs: Sequence[Leg], first: int, count: int, units: int) -> tuple[Leg, ...]:
    """The legs of units [first, first + count) of a lot of `units`; legs without a step in them are left out."""
    slices = [
        replace(leg, quantity=multiply(slice_steps(leg.steps, first, count, units), leg.quantity_step)) for leg in legs
    ]
    return tuple(leg for leg in slices if leg.quantity > 0)


def free_ranges(units: int, taken: Iterable[Range]) -> list[Range]:
    """What of [0, units) no range in `taken` covers, ascending."""
    free: list[Range] = []
    reached = 0
    for first, count in sorted(taken):
        if first > reached:
            free.append((reached, first - reached))
        reached = max(reached, first + count)
    if reached < units:
        free.append((reached, units - reached))
    return free


def first_units(free: Iterable[Range], count: int) -> list[Range]:
    """The first `count` of these free units as ranges; what lies behind them is not looked at. Raises ValueError where
    fewer are free."""
    given: list[Range] = []
    ranges = iter(free)
    while count:
        first, size = next(ranges, (0, 0))
        if not size:
            raise ValueError(f"{count} more units are wanted than are free")
        given.append((first, min(size, count)))
        count -= given[-1][1]
    return given
