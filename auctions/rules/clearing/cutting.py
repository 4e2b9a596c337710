"""One pass of a clearing: which of its bids sell how many units at what edge, and which are cut back.

A step does not buy a unit that is dearer to the whole bill than what the next step costs, the `cut_edge` (adjustable
supply: McAdams 2007; LiCalzi and Pavan 2005). Guarantees that with cut back the bill, unsold units at that edge, is
never above that without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.clearing.rationing import ration
from auctions.rules.clearing.selection import Selection, select
from auctions.rules.clearing.terms import ClearingBid, ClearingTerms, Format, PriceRule
from backstop.values import amounts


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass sells: units by bid id, at `edge_bps` where it is one edge, and None where each bid has its own or
    nothing is sold. `gap` is what `Outcome` says of it. Of what filling would have sold, at `filling_edge_bps` at most,
    `cut` is what is not, by bid id; no later pass gets these units: it has `passed_on` at most."""

    shares: Mapping[str, int]
    edge_bps: Decimal | None
    optimal: bool
    gap: Decimal | None
    cut: Mapping[str, int]
    filling_edge_bps: Decimal | None
    passed_on: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One way to sell: with bids of up to `level` (None: of any edge), for `paid` in units x edge."""

    level: Decimal | None
    selection: Selection
    shares: Mapping[str, int]
    edge_bps: Decimal | None
    paid: Decimal

    @property
    def units(self) -> int:
        return sum(self.shares.values())

    def bill(self, units: int, cut_edge: Decimal) -> Decimal:
        """What is paid, and the units that are left unsold at the edge of the next step."""
        return amounts.total([self.paid, amounts.multiply(units - self.units, cut_edge)])


def sell(terms: ClearingTerms, bids: Sequence[ClearingBid], units: int, work_limit: int) -> Pass:
    """What these bids sell of so many units of the lot, but those that are too dear for the whole bill."""
    cut_edge = terms.cut_edge_bps
    levels = [] if cut_edge is None else _levels(terms, bids, units, cut_edge)
    work_limit //= 1 + len(levels)
    filling = _candidate(terms, bids, units, work_limit)
    if cut_edge is None:
        return _as_pass(filling, filling, units, [filling], bids, filling.selection.gap)
    candidates = [filling, *(_candidate(terms, bids, units, work_limit, level, cut_edge) for level in levels)]
    best = min(candidates, key=lambda each: (each.bill(units, cut_edge), -each.units, _level_of(each, bids)))
    # A selection's gap is at the edges bid. What the bill, at the edge paid, could be bettered by it does not bound.
    gap = amounts.ZERO if all(each.selection.optimal for each in candidates) else None
    return _as_pass(best, filling, units, candidates, bids, gap)


def _level_of(candidate: _Candidate, bids: Sequence[ClearingBid]) -> Decimal:
    return max(bid.edge_bps for bid in bids) if candidate.level is None else candidate.level


def _levels(terms: ClearingTerms, bids: Sequence[ClearingBid], units: int, cut_edge: Decimal) -> list[Decimal]:
    """The levels at which to stop that can be better than filling: each edge that is bid up to the cut edge, and that.

    A unit that asks more than an unsold one costs is never selected among others. Where one edge is paid and every bid
    can be cut, the bill is known without a selection, so that one level is left.
    """
    below = sorted({bid.edge_bps for bid in bids if bid.edge_bps <= cut_edge})
    if terms.format is not Format.UNIFORM:
        return [cut_edge]
    if any(bid.edge_bps > cut_edge for bid in bids) and (not below or below[-1] < cut_edge):
        below.append(cut_edge)
    if any(bid.is_package for bid in bids):
        return below
    return [_cheapest(terms, bids, units, cut_edge, below)]


def _cheapest(
    terms: ClearingTerms, bids: Sequence[ClearingBid], units: int, cut_edge: Decimal, levels: Sequence[Decimal]
) -> Decimal:
    """The level with the least bill, if all can be cut anywhere: of equal ones which sells most, then the lower."""
    by_edge: dict[Decimal, int] = {}
    for bid in bids:
        by_edge[bid.edge_bps] = by_edge.get(bid.edge_bps, 0) + bid.units
    edges = sorted(by_edge)
    bills: list[tuple[Decimal, int, Decimal]] = []
    place, offered = 0, 0
    last: Decimal | None = None  # that sells a unit
    rejected: Decimal | None = None  # the first that does not sell all of its units
    for level in levels:
        while place < len(edges) and edges[place] <= level:
            edge = edges[place]
            last = edge if offered < units else last
            offered += by_edge[edge]
            rejected = edge if rejected is None and offered > units else rejected
            place += 1
        sold = min(offered, units)
        beyond = edges[place] if place < len(edges) else last
        paid = amounts.ZERO
        if last is not None and beyond is not None:
            paid = amounts.multiply(sold, priced(terms, last, beyond if rejected is None else rejected))
        bills.append((amounts.total([paid, amounts.multiply(units - sold, cut_edge)]), -sold, level))
    return min(bills)[2]


def _candidate(
    terms: ClearingTerms,
    bids: Sequence[ClearingBid],
    units: int,
    work_limit: int,
    level: Decimal | None = None,
    cut_edge: Decimal | None = None,
) -> _Candidate:
    stopping = level if cut_edge is None or level is None else min(level, cut_edge)
    asked = [bid for bid in bids if stopping is None or bid.edge_bps <= stopping]
    selection = select(asked, units, cut_edge, work_limit)
    shares = share(terms, asked, selection)
    one_edge = uniform_edge(terms, bids, shares) if terms.format is Format.UNIFORM and shares else None
    paid = amounts.total(
        amounts.multiply(shares[bid.id], bid.edge_bps if one_edge is None else one_edge)
        for bid in asked
        if bid.id in shares
    )
    return _Candidate(level, selection, shares, one_edge, paid)


def _as_pass(
    best: _Candidate,
    filling: _Candidate,
    units: int,
    candidates: Sequence[_Candidate],
    bids: Sequence[ClearingBid],
    gap: Decimal | None,
) -> Pass:
    cut = {
        bid.id: more
        for bid in bids
        if (more := filling.shares.get(bid.id, 0) - best.shares.get(bid.id, 0)) > 0 and best is not filling
    }
    dearest = max((bid.edge_bps for bid in bids if bid.id in filling.shares), default=None)
    return Pass(
        shares=best.shares,
        edge_bps=best.edge_bps,
        optimal=all(each.selection.optimal for each in candidates),
        gap=gap,
        cut=cut,
        filling_edge_bps=(dearest if filling.edge_bps is None else filling.edge_bps) if cut else None,
        passed_on=units - max(best.units, filling.units),
    )


def share(terms: ClearingTerms, bids: Sequence[ClearingBid], selection: Selection) -> dict[str, int]:
    """Units by bid id: blocks as selected; what the other bids of an edge sell is rationed among them."""
    shares: dict[str, int] = {}
    sharing: dict[Decimal, list[ClearingBid]] = {}
    for bid in bids:
        if not bid.is_block:
            sharing.setdefault(bid.edge_bps, []).append(bid)
        elif bid.id in selection.sold:
            shares[bid.id] = selection.sold[bid.id]
    for level in sharing.values():
        sold = {bid.id: selection.sold[bid.id] for bid in level if bid.id in selection.sold}
        if sold:
            shares |= ration(sum(sold.values()), level, terms.units, terms.rationing, sold)
    return shares


def uniform_edge(terms: ClearingTerms, bids: Sequence[ClearingBid], shares: Mapping[str, int]) -> Decimal:
    """The one edge that a `UNIFORM` auction pays, given the units by bid id (at least one).

    `LAST_ACCEPTED` is the highest edge that sells a unit; with packages too, where a rejected package may have asked
    less. `FIRST_REJECTED` is the edge of the cheapest unit within the reserve that is not sold, the highest losing
    bid of Krishna, Auction Theory, section 12.1.2, turned from selling to buying: what is left of a bid that is
    served in part is rejected, and so is what is cut, so it then equals the last accepted edge, as it does where
    nothing is rejected. It is at most `first_rejected_cap_bps` above the last accepted edge.
    """
    last_accepted = max(bid.edge_bps for bid in bids if bid.id in shares)
    if terms.price_rule is PriceRule.LAST_ACCEPTED:
        return last_accepted
    rejected = (bid.edge_bps for bid in bids if shares.get(bid.id, 0) < bid.units)
    return priced(terms, last_accepted, min(rejected, default=last_accepted))


def priced(terms: ClearingTerms, last_accepted: Decimal, first_rejected: Decimal) -> Decimal:
    """The one edge that is paid, where these are the last edge that is accepted and the first that is not."""
    if terms.price_rule is PriceRule.LAST_ACCEPTED:
        return last_accepted
    if terms.first_rejected_cap_bps is None:
        return first_rejected
    return min(first_rejected, amounts.total([last_accepted, terms.first_rejected_cap_bps]))
