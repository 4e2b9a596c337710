"""Edges: basis points of notional at the reference mark, with at most four decimals.

Guarantees exact products; an edge is only ever floored, in favour of the estate that pays it.
"""

from decimal import Decimal

from backstop.values import amounts

EDGE_SCALE = 4
ONE_EDGE_STEP = Decimal(1).scaleb(-EDGE_SCALE)
BPS_PER_ONE = 10_000

_ONE_BPS = Decimal("0.0001")


def of_notional(notional: Decimal, edge_bps: Decimal) -> Decimal:
    """The exact amount that `edge_bps` of `notional` is, in the settlement asset; negative where the provider pays."""
    return amounts.multiply(notional, edge_bps, _ONE_BPS)


def one_plus(bps: Decimal) -> Decimal:
    """The exact factor that makes an amount larger by so many basis points."""
    return amounts.total([Decimal(1), of_notional(Decimal(1), bps)])


def floor_edge(edge_bps: Decimal) -> Decimal:
    """The edge floored to four decimals: the estate never pays a fraction more than the curve says."""
    return amounts.round_down(edge_bps, EDGE_SCALE)


def affordable_edge(budget: Decimal, notional: Decimal) -> Decimal:
    """The highest four-decimal edge that costs at most `budget` on `notional` (> 0)."""
    if notional <= 0:
        raise ValueError("an edge needs a positive notional")
    return amounts.divide_down(amounts.multiply(budget, BPS_PER_ONE), notional, EDGE_SCALE)
