"""Who is served at one edge: the last question of a clearing, asked for every edge that sells any units.

Exactly the units asked for are shared out, to nobody more than it bid or fewer than it accepts, and that splitting a
bid in two, or asking for more than the lot, gains a group nothing.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import groupby

from auctions.rules.clearing.terms import ClearingBid, Rationing
from backstop.values.splitting import split_units

Shares = dict[str, int]


def ration(
    units: int, bids: Sequence[ClearingBid], lot_units: int, rationing: Rationing, sold: Mapping[str, int]
) -> Mapping[str, int]:
    """`units` shared over `bids` of one edge, none of them a block; units by bid id, zero shares left out.

    Earlier rounds first, within a round better tiers first. A class that can be served in full is; the class that
    cannot is rationed: `SEQUENCE` serves its earliest bids, `PRO_RATA` its groups in proportion to their total in
    that class, a total counting for at most the lot; largest remainder, equal remainders to the group whose first bid
    came first; inside a group the earliest bids.

    A share below its bid's `min_units` is dropped, as long as the other bids can still sell all the units (those of
    last precedence go first), and the units are rationed again. Where none can go, the shares stay as `sold`, the units
    by bid id that the selection gives these bids.
    """
    kept = list(bids)
    while True:
        shares = _shared(units, kept, lot_units, rationing)
        short = [bid for bid in kept if 0 < shares.get(bid.id, 0) < bid.least_units]
        if not short:
            return shares
        short.sort(key=lambda bid: bid.precedence, reverse=True)
        number = _droppable(units, kept, short)
        if not number:
            return sold
        dropped = {bid.id for bid in short[:number]}
        kept = [bid for bid in kept if bid.id not in dropped]


def _shared(units: int, bids: Sequence[ClearingBid], lot_units: int, rationing: Rationing) -> Shares:
    shares: Shares = {}
    left = units
    for _, members in groupby(sorted(bids, key=lambda bid: bid.precedence), key=lambda bid: (bid.round, bid.tier)):
        served = _shared_in_class(left, list(members), lot_units, rationing)
        shares |= served
        left -= sum(served.values())
    return shares


def _shared_in_class(units: int, bids: Sequence[ClearingBid], lot_units: int, rationing: Rationing) -> Shares:
    if rationing is Rationing.SEQUENCE or sum(bid.units for bid in bids) <= units:
        return _shared_by_sequence(units, bids)
    groups: dict[str, list[ClearingBid]] = {}
    for bid in bids:
        groups.setdefault(bid.group, []).append(bid)
    totals = [min(sum(bid.units for bid in members), lot_units) for members in groups.values()]
    shares: Shares = {}
    for members, part in zip(groups.values(), split_units(units, totals), strict=True):
        shares |= _shared_by_sequence(part, members)
    return shares


def _shared_by_sequence(units: int, bids: Sequence[ClearingBid]) -> Shares:
    shares: Shares = {}
    for bid in bids:
        share = min(bid.units, units)
        if share:
            shares[bid.id] = share
            units -= share
    return shares


def _droppable(units: int, kept: Sequence[ClearingBid], short: Sequence[ClearingBid]) -> int:
    """How many of the bids in `short`, from its start, can go together so that the rest still sells all the units."""

    def loses_units(number: int) -> bool:
        gone = {bid.id for bid in short[:number]}
        return not _can_sell(units, [bid for bid in kept if bid.id not in gone])

    return bisect_left(range(1, len(short) + 1), True, key=loses_units)


def _can_sell(units: int, bids: Sequence[ClearingBid]) -> bool:
    """Whether some shares that the bids accept sum to `units`; bit n of `totals` says that packages can sell n."""
    totals, within_lot = 1, (1 << units + 1) - 1
    for bid in bids:
        if bid.is_package and bid.least_units <= units:
            totals |= _spread(totals << bid.least_units, min(bid.units, units) - bid.least_units) & within_lot
    divisible = sum(bid.units for bid in bids if not bid.is_package)
    return totals >> max(0, units - divisible) != 0


def _spread(totals: int, width: int) -> int:
    """`totals` with, for every bit, the `width` bits above it set too."""
    done = 0
    while done < width:
        more = min(done + 1, width - done)
        totals |= totals << more
        done += more
    return totals
