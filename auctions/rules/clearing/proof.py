"""Whose packages a Vickrey auction proves its payments with: the work is shared, so that nobody spends that of others.

Guarantees that what is let in is always cleared exactly, and that bids that can be cut anywhere are let in always.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from auctions.rules.clearing.selection import WORK_LIMIT
from auctions.rules.clearing.terms import ClearingBid, Format, within_reserve
from auctions.rules.clearing.vickrey import package_room

BIDDERS = 10  # so many, each with as many packages as it may place, spend no more than the work


def packages_each(units: int) -> int:
    """The most packages that one provider may have in an auction of so many units; at least one."""
    return max(1, package_room(units, BIDDERS, 0, WORK_LIMIT) // BIDDERS)


def provable(
    bids: Sequence[ClearingBid],
    auction_format: Format,
    units: int,
    reserve_edge_bps: Decimal | None,
    work_limit: int = WORK_LIMIT,
) -> list[ClearingBid]:
    """The bids without those packages that would be too many for exact payments, in their order.

    Each group's cheapest package comes first, then each group's second, and so on: whoever places more than others
    loses what is above its share. A format that is not `VICKREY` takes all.
    """
    if auction_format is not Format.VICKREY:
        return list(bids)
    admitted = within_reserve(bids, units, reserve_edge_bps)
    packages = sorted((bid for bid in admitted if bid.is_package), key=lambda bid: (bid.edge_bps, bid.precedence))
    winners = min(len({bid.provider for bid in admitted}), units)
    room = package_room(units, winners, len(admitted) - len(packages), work_limit)
    before: Counter[str] = Counter()
    turns: dict[str, int] = {}
    for bid in packages:
        turns[bid.id] = before[bid.group]
        before[bid.group] += 1
    in_turn = sorted(packages, key=lambda bid: turns[bid.id])
    left_out = {bid.id for bid in in_turn[max(room, 0) :]}
    return [bid for bid in bids if bid.id not in left_out]
