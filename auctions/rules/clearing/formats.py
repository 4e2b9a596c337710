"""The auction formats behind one interface: bids in, outcome out.

Called by awarding at the close, by the verifier of transcripts and by `manage.py clear`. A pure function of terms and
bids: any order of input gives the same outcome.
"""

from collections.abc import Sequence
from decimal import Decimal

from auctions.rules.clearing.rationing import ration
from auctions.rules.clearing.selection import Selection, by_edge, select
from auctions.rules.clearing.terms import (
    Award,
    Bid,
    ClearingRefused,
    Format,
    Outcome,
    PriceRule,
    Result,
    Terms,
    require_clearable,
    within_reserve,
)
from backstop.values import amounts


def clear(terms: Terms, bids: Sequence[Bid]) -> Outcome:
    """Decide who gets which units of a lot, and at what edge.

    No award is above the reserve edge; equal is accepted. Raises `ClearingRefused` where terms or bids are not
    clearable.
    """
    require_clearable(terms, bids)
    admitted = within_reserve(bids, terms.units, terms.reserve_edge_bps)
    if len({bid.group for bid in admitted}) < terms.min_bidders:
        return _unfilled(terms)
    if terms.format is Format.VICKREY:
        raise ClearingRefused("/format", "VICKREY is not supported yet")
    selection = select(admitted, terms.units)
    uniform = (
        uniform_edge(terms, admitted, selection) if terms.format is Format.UNIFORM and selection.units_at else None
    )
    served = _serve(terms, admitted, selection)
    return _outcome(
        terms, [(bid, units, bid.edge_bps if uniform is None else uniform) for bid, units in served], selection
    )


def _serve(terms: Terms, bids: Sequence[Bid], selection: Selection) -> list[tuple[Bid, int]]:
    shares: dict[str, int] = {}
    for edge, members in by_edge(bids).items():
        if edge in selection.units_at:
            shares |= ration(selection.units_at[edge], members, terms.units, terms.rationing)
    return [(bid, shares[bid.id]) for bid in bids if bid.id in shares]


def uniform_edge(terms: Terms, bids: Sequence[Bid], selection: Selection) -> Decimal:
    """The one edge that a `UNIFORM` auction pays.

    `LAST_ACCEPTED` is the highest edge that sells a unit. `FIRST_REJECTED` is the edge of the first unit that is not
    sold, the (units + 1)-th cheapest within the reserve (Krishna, Auction Theory, 2nd ed., section 12.1.2, turned
    from selling to buying): a bid that is served in part is rejected with the rest of its units, so it then equals
    the last accepted edge, as it does where nothing is rejected. It is capped at `first_rejected_cap_bps` above that.
    """
    last_accepted = max(selection.units_at)
    if terms.price_rule is PriceRule.LAST_ACCEPTED:
        return last_accepted
    offered = {edge: sum(bid.units for bid in members) for edge, members in by_edge(bids).items()}
    rejected = [edge for edge in offered if offered[edge] > selection.units_at.get(edge, 0)]
    first_rejected = min(rejected, default=last_accepted)
    if terms.first_rejected_cap_bps is None:
        return first_rejected
    return min(first_rejected, amounts.total([last_accepted, terms.first_rejected_cap_bps]))


def _outcome(terms: Terms, awarded: Sequence[tuple[Bid, int, Decimal]], selection: Selection) -> Outcome:
    if not awarded:
        return _unfilled(terms)
    payments: dict[str, Decimal] = {}
    for bid, units, edge in awarded:
        payments[bid.provider] = amounts.total(
            [payments.get(bid.provider, amounts.ZERO), amounts.multiply(units, edge)]
        )
    return Outcome(
        result=Result.AWARDED,
        clearing_edge_bps=max(edge for _, _, edge in awarded),
        unfilled_units=terms.units - sum(units for _, units, _ in awarded),
        optimal=selection.optimal,
        gap=selection.gap,
        awards=tuple(Award(bid.id, bid.provider, units, edge) for bid, units, edge in awarded),
        payments=payments,
    )


def _unfilled(terms: Terms) -> Outcome:
    return Outcome(Result.UNFILLED, None, terms.units, None, None, (), {})
