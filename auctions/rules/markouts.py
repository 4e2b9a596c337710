"""Markouts: what an award was worth to whoever got it, a while later.

What it kept of its edge is the edge less how far the marks moved against it since. Below zero, to win was a curse.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from auctions.rules.budgets import gain
from auctions.rules.valuation import Leg, exact_notional_of
from backstop.values.amounts import divide_up, multiply, total
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE
from backstop.values.marks import MarkTerms, SourcePrice, reference_near

AFTER_MINUTES = (1, 5, 60)
TOLERANCE = timedelta(seconds=60)  # so much later a mark may come that counts for an instant


def marks_near(
    past: Mapping[UUID, Sequence[SourcePrice]], instruments: Collection[UUID], terms: MarkTerms, at: datetime
) -> tuple[dict[UUID, Decimal], datetime] | None:
    """The mark of each instrument in force at an instant, else its first within the tolerance, that included; and when
    the last of them was. None where one has none. `past` is in order of time."""
    found = {each: reference_near(past[each], terms, at, at + TOLERANCE) for each in instruments}
    known = {each: near for each, near in found.items() if near is not None}
    if known.keys() < found.keys():
        return None
    return {each: price for each, (price, _) in known.items()}, max(moment for _, moment in known.values())


def adverse_bps(legs: Sequence[Leg], marks: Mapping[UUID, Decimal], later: Mapping[UUID, Decimal]) -> Decimal:
    """How far these legs moved against who holds them, in basis points of their notional at the first marks; rounded
    up to four decimals, below zero where they moved in its favour."""
    gained = total(gain(leg, marks[leg.instrument_id], later[leg.instrument_id]) for leg in legs)
    return divide_up(multiply(gained.copy_negate(), BPS_PER_ONE), exact_notional_of(legs, marks), EDGE_SCALE)
