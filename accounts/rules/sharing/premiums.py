"""What a cover costs: the rate of a year, by regime, rating and use, and what has accrued of it by the second.

Rates are basis points a year with four decimals; a year has 31,536,000 seconds, leap years too. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from backstop.values.amounts import (
    difference,
    divide_down,
    divide_even,
    divide_up,
    multiply,
    round_down,
    total,
)
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE

MICROSECONDS_OF_YEAR = 31_536_000 * 10**6
_WHOLE_YEAR = BPS_PER_ONE * MICROSECONDS_OF_YEAR  # so many basis points times microseconds are all of an amount
_PER_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Kink:
    """The factor of a use from 0 to 1: straight from `unused` to `at_kink`, which is reached at `kink` (between 0 and
    1), and from there to `used_up`."""

    kink: Decimal
    unused: Decimal
    at_kink: Decimal
    used_up: Decimal

    def at(self, use: Fraction) -> Fraction:
        """The exact factor; a use above 1 counts as 1."""
        kink, use = Fraction(self.kink), min(use, Fraction(1))
        if use <= kink:
            return _between(Fraction(self.unused), Fraction(self.at_kink), use / kink)
        return _between(Fraction(self.at_kink), Fraction(self.used_up), (use - kink) / (1 - kink))


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a rate is made of, beside the factors of regime and rating: none is negative, floor <= cap."""

    base_bps: Decimal
    floor_bps: Decimal
    cap_bps: Decimal
    max_step_bps: Decimal
    use: Kink


@dataclass(frozen=True, slots=True)
class RegimeHistory:
    """The worst regime of a venue's markets from each of these instants on, in their order; the first is before all
    that is asked for."""

    changes: Sequence[tuple[datetime, str]]

    def at(self, instant: datetime) -> str:
        """The one in force at the instant."""
        return next(name for began_at, name in reversed(self.changes) if began_at <= instant)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an instant on: the rate in force, and the limit that is left and that it is paid for."""

    starts_at: datetime
    rate_bps: Decimal
    limit: Decimal


def rate(
    tariff: Tariff, *, regime: Decimal, rating: Decimal, used: Decimal, aggregate: Decimal, day_before: Decimal | None
) -> Decimal:
    """clamp(step(base x regime x rating x U(used / aggregate)), floor, cap), half to even.

    `used` is what the layer has paid or holds for claims, `aggregate` > 0. The rate in force 24 hours before (None:
    there was none) bounds the change, both ways.
    """
    use = Fraction(used) / Fraction(aggregate)
    exact = Fraction(multiply(tariff.base_bps, regime, rating)) * tariff.use.at(use)
    asked = divide_even(exact.numerator, exact.denominator, EDGE_SCALE)
    if day_before is not None:
        asked = max(asked, difference(day_before, tariff.max_step_bps))
        asked = min(asked, total([day_before, tariff.max_step_bps]))
    return min(max(asked, tariff.floor_bps), tariff.cap_bps)


def accrued(
    stretches: Sequence[Stretch],
    until: datetime,
    scale: int,
    *,
    fee: Sequence[Stretch] = (),
    ended: bool = False,
) -> Decimal:
    """What has accrued by `until` over stretches in order of their beginnings, and over those of a fee beside: what was
    charged by then is always this.

    Rounded down, once for both; up where the cover has `ended` by then.
    """
    earned = total([_earned(stretches, until), _earned(fee, until)])
    return (divide_up if ended else divide_down)(earned, _WHOLE_YEAR, scale)


def given_back(unearned: Decimal, short_rate_percent: Decimal, scale: int) -> Decimal:
    """What an early end gives back of what was paid for later."""
    return round_down(multiply(unearned, difference(Decimal(100), short_rate_percent), _PER_CENT), scale)


def _earned(stretches: Sequence[Stretch], until: datetime) -> Decimal:
    """In basis points of an amount times microseconds."""
    ends = [*(stretch.starts_at for stretch in stretches), until][1:]
    return total(
        multiply(
            stretch.rate_bps, stretch.limit, max(end - stretch.starts_at, timedelta()) // timedelta(microseconds=1)
        )
        for stretch, end in zip(stretches, (min(end, until) for end in ends), strict=True)
    )


def _between(start: Fraction, end: Fraction, way: Fraction) -> Fraction:
    return start + (end - start) * way
