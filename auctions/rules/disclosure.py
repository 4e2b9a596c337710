"""What providers see of a lot whose size and direction are not shown, and what bids for percents of it hold.

What is shown and held follows from the lot's band and risk alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from auctions.rules.holds import Hold
from auctions.rules.valuation import Leg, notional, transfer_value
from backstop.values.amounts import EXACT, divide_up, multiply, round_up, total
from backstop.values.bps import one_plus

PERCENTS = 100
WITHDRAWN = "the book was withdrawn"  # whatever for, so that nobody learns of a real one


class Disclosure(StrEnum):
    """FULL shows a lot as it is. SIZE_BAND shows its product groups, the band of its notional and its risk until a
    sealed auction is decided; bids are in percent of what is offered, with an edge for the lot and one for its inverse.
    """

    FULL = "FULL"
    SIZE_BAND = "SIZE_BAND"


@dataclass(frozen=True, slots=True)
class Band:
    """Notionals above `above`, up to `up_to` exactly."""

    above: Decimal
    up_to: Decimal


def band_of(amount: Decimal) -> Band:
    """The band of a notional > 0 in the series 1-2-5 of its decade; the end of a band belongs to it."""
    if amount <= 0:
        raise ValueError("only what is above zero has a band")
    ends = [Decimal(digit).scaleb(amount.adjusted(), context=EXACT) for digit in ("0.5", "1", "2", "5", "10")]
    place = next(place for place, end in enumerate(ends) if amount <= end)
    return Band(ends[place - 1], ends[place])


def risk_percent(legs: Sequence[Leg], marks: Mapping[UUID, Decimal]) -> int:
    """What taking the lot binds, in percent of its notional and rounded up: the initial margin by the venue's own
    margin rates, and for spot what it costs. One figure for size and both directions."""
    worth = [(leg, notional(leg, marks[leg.instrument_id])) for leg in legs]
    margins = [multiply(value, leg.margin_rate) for leg, value in worth]
    values = [transfer_value(leg, marks[leg.instrument_id]) for leg in legs]
    share = Fraction(total([*margins, *values])) / Fraction(total(value for _, value in worth))
    return int((share * PERCENTS).__ceil__())


def band_hold(up_to: Decimal, risk: int, buffer_bps: Decimal, scale: int) -> Hold:
    """What a bid holds for each percent of a lot at the upper end of its band, with a buffer for drift.

    The base is one percent more at its full notional: what an award of whole units may exceed its percents by.
    """
    percent = multiply(up_to, one_plus(buffer_bps), Decimal("0.01"))
    binding = multiply(percent, risk, Decimal("0.01"))
    return Hold(
        unit=round_up(binding, scale),
        exposure=round_up(percent, scale),
        base=round_up(total([percent, binding]), scale),
    )


def is_net_long(legs: Sequence[Leg], marks: Mapping[UUID, Decimal]) -> bool:
    """Whether the legs gain together when all prices rise alike: which of a bid's two edges counts. Flat is long."""
    return total(multiply(notional(leg, marks[leg.instrument_id]), leg.sign) for leg in legs) >= 0


def unit_notional_in(band_up_to: Decimal, part: Decimal, whole: Decimal, scale: int) -> Decimal:
    """What a leg of `part` of a lot's `whole` notional counts for in one percent of a lot at the end of its band."""
    return divide_up(multiply(part, band_up_to), multiply(whole, PERCENTS), scale)
