"""The auction formats behind one interface: bids in, outcome out.

A pure function of terms and bids: any order of input gives the same outcome.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from auctions.rules.clearing.rationing import ration
from auctions.rules.clearing.selection import WORK_LIMIT, Selection, select
from auctions.rules.clearing.terms import (
    ClearingAward,
    ClearingBid,
    ClearingTerms,
    Format,
    Outcome,
    PriceRule,
    Result,
    require_clearable,
    within_reserve,
)
from auctions.rules.clearing.vickrey import externalities
from backstop.values import amounts


def clear(terms: ClearingTerms, bids: Sequence[ClearingBid], work_limit: int = WORK_LIMIT) -> Outcome:
    """Decide who gets which units of a lot, and at what edge.

    `bids` in any order. At most `work_limit` package steps are taken; what that leaves unproven the outcome says.
    Raises `ClearingRefused` where terms or bids are out of range, or the format cannot clear them.
    """
    require_clearable(terms, bids)
    admitted = within_reserve(bids, terms.units, terms.reserve_edge_bps)
    if not admitted or len({bid.group for bid in admitted}) < terms.min_bidders:
        return _unfilled(terms)
    if terms.format is Format.VICKREY:
        return _clear_vickrey(terms, admitted, work_limit)
    return _clear_rounds(terms, admitted, work_limit)


def _clear_vickrey(terms: ClearingTerms, bids: Sequence[ClearingBid], work_limit: int) -> Outcome:
    """The least total cost, unsold units at the reserve edge; each provider is paid its externality.

    All rounds at once: who is paid by what the others ask has nothing to gain by waiting for a reopening.
    """
    selection = select(bids, terms.units, terms.reserve_edge_bps, work_limit)
    shares = _share(terms, bids, selection)
    payments = externalities(terms, bids, shares, work_limit)
    awards = [ClearingAward(bid.id, bid.provider, shares[bid.id], bid.edge_bps) for bid in bids if bid.id in shares]
    return _outcome(terms, awards, [selection], None, payments)


def _clear_rounds(terms: ClearingTerms, bids: Sequence[ClearingBid], work_limit: int) -> Outcome:
    """Clear what the first round's bids can fill, then of the rest what the next round's can, each at its own edge.

    Bids of a later round that are no dearer than what the earlier ones sell at compete for all units. Relaxed ones,
    above that, get only units that the earlier bids could not fill, and do not raise what those are paid.
    """
    awards: dict[str, ClearingAward] = {}
    selections: list[Selection] = []
    waiting, left = list(bids), terms.units
    while waiting and left:
        firm, waiting = _competing(waiting, left, work_limit)
        selection = select(firm, left, work_limit=work_limit)
        shares = _share(terms, firm, selection)
        one_edge = uniform_edge(terms, firm, shares) if terms.format is Format.UNIFORM and shares else None
        for bid in firm:
            if bid.id in shares:
                paid_edge = bid.edge_bps if one_edge is None else one_edge
                awards[bid.id] = ClearingAward(bid.id, bid.provider, shares[bid.id], paid_edge)
        selections.append(selection)
        left -= sum(shares.values())
    ordered = [awards[bid.id] for bid in bids if bid.id in awards]
    highest = max((award.edge_bps for award in ordered), default=None)
    return _outcome(terms, ordered, selections, highest, _paid(ordered))


def _paid(awards: Sequence[ClearingAward]) -> dict[str, Decimal]:
    paid: dict[str, list[Decimal]] = {}
    for award in awards:
        paid.setdefault(award.provider, []).append(amounts.multiply(award.units, award.edge_bps))
    return {provider: amounts.total(parts) for provider, parts in paid.items()}


def _competing(bids: Sequence[ClearingBid], units: int, work_limit: int) -> tuple[list[ClearingBid], list[ClearingBid]]:
    """The first round among `bids`, with the later bids that undercut or equal what it sells at; and the others."""
    first = min(bid.round for bid in bids)
    firm = [bid for bid in bids if bid.round == first]
    if len(firm) == len(bids):
        return firm, []
    sold = select(firm, units, work_limit=work_limit).sold
    highest = max((bid.edge_bps for bid in firm if bid.id in sold), default=None)
    joining = {bid.id for bid in bids if bid.round == first or (highest is not None and bid.edge_bps <= highest)}
    return [bid for bid in bids if bid.id in joining], [bid for bid in bids if bid.id not in joining]


def _share(terms: ClearingTerms, bids: Sequence[ClearingBid], selection: Selection) -> dict[str, int]:
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
    served in part is rejected, so it then equals the last accepted edge, as it does where nothing is rejected. It is
    at most `first_rejected_cap_bps` above the last accepted edge.
    """
    last_accepted = max(bid.edge_bps for bid in bids if bid.id in shares)
    if terms.price_rule is PriceRule.LAST_ACCEPTED:
        return last_accepted
    rejected = (bid.edge_bps for bid in bids if shares.get(bid.id, 0) < bid.units)
    first_rejected = min(rejected, default=last_accepted)
    if terms.first_rejected_cap_bps is None:
        return first_rejected
    return min(first_rejected, amounts.total([last_accepted, terms.first_rejected_cap_bps]))


def _outcome(
    terms: ClearingTerms,
    awards: Sequence[ClearingAward],
    selections: Sequence[Selection],
    clearing_edge_bps: Decimal | None,
    payments: Mapping[str, Decimal],
) -> Outcome:
    if not awards:
        return _unfilled(terms)
    return Outcome(
        result=Result.AWARDED,
        clearing_edge_bps=clearing_edge_bps,
        unfilled_units=terms.units - sum(award.units for award in awards),
        optimal=all(selection.optimal for selection in selections),
        gap=amounts.total(selection.gap for selection in selections),
        awards=tuple(awards),
        payments=payments,
    )


def _unfilled(terms: ClearingTerms) -> Outcome:
    return Outcome(Result.UNFILLED, None, terms.units, None, None, (), {})
