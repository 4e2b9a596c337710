"""What a Vickrey auction pays, as edges: the last step from an outcome to awards that settlement can carry out.

Each provider is paid its externality exactly, in units x edge, with edges of at most four decimals and none above the
reserve.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from auctions.rules.clearing.terms import ClearingAward, ClearingTerms, Format, Outcome
from backstop.values import amounts
from backstop.values.bps import EDGE_SCALE, ONE_EDGE_STEP


def payable_awards(terms: ClearingTerms, outcome: Outcome) -> tuple[ClearingAward, ...]:
    """The outcome's awards at the edges that they are settled at. All edges bid, and the reserve, have four decimals.

    `PAY_AS_BID` and `UNIFORM`: as they are. `VICKREY`: a provider's payment spread evenly over all its units. Where the
    even edge has more than four decimals, its first units get it floored and its last ones a smallest step more, as
    many as make the sum exact; an award across that border is cut in two. As the payment is at most its units at the
    reserve edge, no award is above it; what a single bid gets may be below its own edge, but never what they get
    together.
    """
    if terms.format is not Format.VICKREY:
        return outcome.awards
    edges = {
        provider: _even_edges(payment, sum(award.units for award in outcome.awards if award.provider == provider))
        for provider, payment in outcome.payments.items()
    }
    return tuple(_paid(outcome.awards, edges))


def _even_edges(payment: Decimal, units: int) -> tuple[Decimal, int]:
    """The floored even edge, and how many of `units` get just that; the others get one smallest step more."""
    edge = amounts.divide_down(payment, units, EDGE_SCALE)
    missing = amounts.difference(payment, amounts.multiply(edge, units))
    return edge, units - int(amounts.divide_down(missing, ONE_EDGE_STEP, 0))


def _paid(awards: Sequence[ClearingAward], edges: Mapping[str, tuple[Decimal, int]]) -> list[ClearingAward]:
    paid = []
    floored = {provider: units for provider, (_, units) in edges.items()}
    for award in awards:
        edge, first = edges[award.provider][0], min(award.units, floored[award.provider])
        floored[award.provider] -= first
        for units, edge_bps in ((first, edge), (award.units - first, amounts.total([edge, ONE_EDGE_STEP]))):
            if units:
                paid.append(ClearingAward(award.bid, award.provider, units, edge_bps))
    return paid
