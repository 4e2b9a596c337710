"""What the rules decide by what a link says: the flow decides by these, and so does who verifies.

Nothing is looked up, whatever is needed stands in the link. See `differences` of verification.py for what is compared.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from auctions.rules.budgets import Budget, reserve_edge
from auctions.rules.chain.links import (
    Act,
    Assigned,
    AssignTerms,
    ClosingTerms,
    Committed,
    Draw,
    Judging,
    Means,
    Pricing,
)
from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, clear, reserve_by_competition
from auctions.rules.competition import cap_as_judged, is_contested_by
from auctions.rules.curves import curve_of
from auctions.rules.fund_inventory import full_edge, last_resort_edge
from auctions.rules.outages import LastBeat
from auctions.rules.price_clock import PriceClock
from auctions.rules.residual import Close, close_book
from backstop.values.amounts import ZERO, round_down
from backstop.values.bps import of_notional


def afforded(cap_bps: Decimal, means: Means) -> Decimal:
    """The most that may be paid with these means under a cap."""
    return reserve_edge(cap_bps, Budget(means.own, ZERO, means.fund), means.notional)


def assign(
    terms: AssignTerms, means: Means, units: int, offers: Sequence[Committed]
) -> tuple[bool, tuple[Assigned, ...]]:
    """Whether it is contested, and which of these offers are accepted, with their units and the one edge that all are
    paid; nothing is given yet."""
    if not units:
        return False, ()
    bids = [
        ClearingBid(
            id=str(place),
            provider=offer.provider,
            group=offer.group,
            units=offer.units,
            edge_bps=offer.min_edge_bps,
            sequence=place,
            tier=offer.tier,
        )
        for place, offer in enumerate(offers)
    ]
    most = afforded(terms.cap_bps, means)
    reserve, contested = reserve_by_competition(
        bids, units, most, terms.min_groups, terms.cover_percent, terms.uncontested_cap_bps
    )
    outcome = clear(ClearingTerms(format=Format.UNIFORM, units=units, reserve_edge_bps=reserve), bids)
    return contested, tuple(Assigned(int(award.bid), award.units, award.edge_bps, ()) for award in outcome.awards)


def edge_to_insurer(terms: AssignTerms, means: Means, assigned: Iterable[Decimal], contract_bps: Decimal) -> Decimal:
    """What an insurer is paid that takes over: the least of the most that it may be, what the lot affords, and what is
    paid without competition."""
    most = most_to_insurer(contract_bps, assigned, terms.cap_bps)
    return min(most, afforded(terms.cap_bps, means), terms.uncontested_cap_bps)


def most_to_insurer(contract_bps: Decimal, assigned: Iterable[Decimal], cap_bps: Decimal) -> Decimal:
    """The most that an insurer may be paid that takes over: its contract's edge, but no more than the most that
    commitments were paid (none were: what they may be)."""
    return min(contract_bps, max(assigned, default=cap_bps))


def edge_of(pricing: Pricing) -> Decimal:
    """What a take of this pricing is paid."""
    terms = pricing.terms
    cap = cap_as_judged(terms.reserve_edge_bps, terms.uncontested_cap_bps, terms.ready_seconds, terms.contested)
    clock = PriceClock(curve_of(terms.curve), terms.opens_at, terms.priority_seconds, terms.halted_seconds, LastBeat())
    return clock.edge_at(pricing.shown_at, afforded(cap, pricing.means))


def judged(acts: tuple[Act, ...], units_left: int, min_groups: int, cover_percent: int, now: datetime) -> Judging:
    """Whether a Dutch auction is contested, by who has acted in it."""
    contested = is_contested_by(((act.group, act.units) for act in acts), units_left, min_groups, cover_percent)
    return Judging(now, units_left, min_groups, cover_percent, acts, contested)


def edge_of_fund(draw: Draw, units_left: int, scale: int) -> Decimal:
    """What the fund earns for what it takes over of the `units_left`; nothing for nothing."""
    if not draw.units:
        return ZERO
    full = full_edge(draw.fund_edge_bps, draw.dutch_cap_bps)
    return last_resort_edge(full, draw.means.own, draw.units, units_left, draw.notional, scale)


def close_by(terms: ClosingTerms, scale: int) -> Close:
    """Who is served of a book's money, with a fee on what was sold."""
    return close_book(
        estate=terms.estate,
        debt=terms.debt,
        advanced=terms.advanced,
        fund_limit=round_down(terms.fund_limit, scale),
        fund_free=terms.fund_free,
        fee=ZERO if terms.waived else round_down(of_notional(terms.sold, terms.fee_bps), scale),
        liable=terms.liable,
        kept_advanced=terms.kept_advanced,
        in_front=terms.in_front,
    )
