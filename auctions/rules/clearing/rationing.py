"""Who is served at one edge: the last question of a clearing, asked for every edge that sells any units.

Called by the formats. Guarantees that exactly the units asked for are shared out, to nobody more than he bid, and
that splitting a bid in two, or asking for more than the lot, gains a group nothing.
"""

from collections.abc import Sequence
from itertools import groupby

from auctions.rules.clearing.terms import Bid, Rationing
from backstop.values.splitting import split_units

Shares = dict[str, int]


def ration(units: int, bids: Sequence[Bid], lot_units: int, rationing: Rationing) -> Shares:
    """`units` shared over `bids` of one edge, by bid id; zero shares are left out.

    Earlier rounds first, within a round better tiers first. A class that can be served in full is; the class that
    cannot is rationed: `SEQUENCE` serves its earliest bids, `PRO_RATA` its groups in proportion to their total in
    that class, a total counting for at most the lot; largest remainder, equal remainders to the group whose first bid
    came first; inside a group the earliest bids.
    """
    shares: Shares = {}
    left = units
    for _, members in groupby(sorted(bids, key=_priority), key=lambda bid: _priority(bid)[:2]):
        served = _share_class(left, list(members), lot_units, rationing)
        shares |= served
        left -= sum(served.values())
    return shares


def _priority(bid: Bid) -> tuple[int, int, int]:
    return bid.round, bid.tier, bid.sequence


def _share_class(units: int, bids: Sequence[Bid], lot_units: int, rationing: Rationing) -> Shares:
    if rationing is Rationing.SEQUENCE or sum(bid.units for bid in bids) <= units:
        return _share_by_sequence(units, bids)
    groups: dict[str, list[Bid]] = {}
    for bid in bids:
        groups.setdefault(bid.group, []).append(bid)
    totals = [min(sum(bid.units for bid in members), lot_units) for members in groups.values()]
    shares: Shares = {}
    for members, part in zip(groups.values(), split_units(units, totals), strict=True):
        shares |= _share_by_sequence(part, members)
    return shares


def _share_by_sequence(units: int, bids: Sequence[Bid]) -> Shares:
    shares: Shares = {}
    for bid in bids:
        share = min(bid.units, units)
        if share:
            shares[bid.id] = share
            units -= share
    return shares
