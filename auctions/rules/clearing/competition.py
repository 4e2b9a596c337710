"""Whether an auction is contested: a single bidder, or one with a sham second, never gets a giveaway.

Where the answer is no, the step's cap is the uncontested one.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal

from auctions.rules.clearing.terms import ClearingBid, within_reserve
from backstop.values.amounts import multiply


def is_contested(
    bids: Sequence[ClearingBid],
    units: int,
    reserve_edge_bps: Decimal | None,
    min_groups: int,
    cover_percent: Decimal | int,
) -> bool:
    """Whether at least `min_groups` unrelated groups bid within the reserve and, without the largest of them, the
    bids still cover at least `cover_percent` of `units`; equality is enough in both.

    Only bids that could win count: at or below the reserve, and content with what the lot holds. The largest group is
    the one offering most units, and no group counts for more than the lot.
    """
    offered: dict[str, int] = {}
    for bid in within_reserve(bids, units, reserve_edge_bps):
        offered[bid.group] = min(offered.get(bid.group, 0) + bid.units, units)
    return competes(offered.values(), units, min_groups, cover_percent)


def competes(offered: Collection[int], units: int, min_groups: int, cover_percent: Decimal | int) -> bool:
    """Whether there are at least `min_groups` and, without the largest, they cover at least `cover_percent` of `units`;
    `offered` are the units of each, at most `units`."""
    if len(offered) < min_groups:
        return False
    covered = sum(offered) - max(offered, default=0)
    return covered * 100 >= multiply(cover_percent, units)


def reserve_by_competition(
    bids: Sequence[ClearingBid],
    units: int,
    reserve_edge_bps: Decimal,
    min_groups: int,
    cover_percent: int,
    uncontested_cap_bps: Decimal,
) -> tuple[Decimal, bool]:
    """The reserve edge, or without competition within it at most `uncontested_cap_bps`; and whether it is contested."""
    if is_contested(bids, units, reserve_edge_bps, min_groups, cover_percent):
        return reserve_edge_bps, True
    return min(reserve_edge_bps, uncontested_cap_bps), False


def cap_of_round(caps_bps: Sequence[Decimal], number: int) -> Decimal:
    """The uncontested cap of a lot's round, from 1. The last of `caps_bps` (at least one) holds for all rounds that
    follow."""
    return caps_bps[min(number, len(caps_bps)) - 1]
