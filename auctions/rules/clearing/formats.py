"""The auction formats behind one interface: bids in, outcome out.

A pure function of terms and bids: any order of input gives the same outcome.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from auctions.rules.clearing.cutting import Pass, sell, share
from auctions.rules.clearing.selection import WORK_LIMIT, select
from auctions.rules.clearing.terms import (
    ClearingAward,
    ClearingBid,
    ClearingTerms,
    Format,
    Outcome,
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
    shares = share(terms, bids, selection)
    payments = externalities(terms, bids, shares, work_limit)
    awards = [ClearingAward(bid.id, bid.provider, shares[bid.id], bid.edge_bps) for bid in bids if bid.id in shares]
    return _outcome(terms, awards, selection.optimal, selection.gap, None, payments)


def _clear_rounds(terms: ClearingTerms, bids: Sequence[ClearingBid], work_limit: int) -> Outcome:
    """Clear what the first round's bids can fill, then of the rest what the next round's can, each at its own edge.

    Bids of a later round that are no dearer than what the earlier ones sell at compete for all units. Relaxed ones,
    above that, get only units that the earlier bids could not fill, and do not raise what those are paid. What a pass
    cuts back no later one gets.
    """
    awards: dict[str, ClearingAward] = {}
    passes: list[Pass] = []
    waiting, left = list(bids), terms.units
    while waiting and left:
        firm, waiting = _competing(waiting, left, work_limit)
        sold = sell(terms, firm, left, work_limit)
        for bid in firm:
            if bid.id in sold.shares:
                paid_edge = bid.edge_bps if sold.edge_bps is None else sold.edge_bps
                awards[bid.id] = ClearingAward(bid.id, bid.provider, sold.shares[bid.id], paid_edge)
        passes.append(sold)
        left = sold.passed_on
    ordered = [awards[bid.id] for bid in bids if bid.id in awards]
    highest = max((award.edge_bps for award in ordered), default=None)
    cut = {bid: units for each in passes for bid, units in each.cut.items()}
    filling = max((each.filling_edge_bps for each in passes if each.filling_edge_bps is not None), default=None)
    gaps = [each.gap for each in passes if each.gap is not None]
    gap = amounts.total(gaps) if len(gaps) == len(passes) else None
    outcome = _outcome(terms, ordered, all(each.optimal for each in passes), gap, highest, _paid(ordered))
    return replace(outcome, cut=cut, filling_edge_bps=filling)


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


def _outcome(
    terms: ClearingTerms,
    awards: Sequence[ClearingAward],
    optimal: bool,
    gap: Decimal | None,
    clearing_edge_bps: Decimal | None,
    payments: Mapping[str, Decimal],
) -> Outcome:
    if not awards:
        return _unfilled(terms)
    return Outcome(
        result=Result.AWARDED,
        clearing_edge_bps=clearing_edge_bps,
        unfilled_units=terms.units - sum(award.units for award in awards),
        optimal=optimal,
        gap=gap,
        awards=tuple(awards),
        payments=payments,
    )


def _unfilled(terms: ClearingTerms) -> Outcome:
    return Outcome(Result.UNFILLED, None, terms.units, None, None, (), {})
