"""Which price an instrument has when several sources give one: the median of those that are fresh and agree.

Guarantees that the order of the sources does not count, and that one liar among three never moves the reference beyond
the honest two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from backstop.values.amounts import EXACT, STORED_SCALE, divide_up, multiply, round_down, total
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE

LAGGING = timedelta(hours=1)
_HALF = Decimal("0.5")


class MarkStanding(StrEnum):
    """USED counts for the reference; STALE is older than the limit; OUTLIER is outside the band around the median."""

    USED = "USED"
    STALE = "STALE"
    OUTLIER = "OUTLIER"


@dataclass(frozen=True, slots=True)
class SourcePrice:
    """A source's last price (> 0) of an instrument, as of `marked_at`."""

    source: str
    price: Decimal
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class MarkTerms:
    """When a source counts, and how many (>= 1) have to: all limits belong to what is allowed."""

    max_age_seconds: int
    band_bps: Decimal
    min_sources: int


@dataclass(frozen=True, slots=True)
class JudgedPrice:
    """A source's last price, and what became of it. `deviation_bps` is how far from the median of all fresh ones it is,
    rounded up to four decimals; None where it is stale."""

    last: SourcePrice
    standing: MarkStanding
    deviation_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class Reference:
    """An instrument's price, as old as the oldest mark behind it; both None where too few sources stand behind one."""

    price: Decimal | None
    marked_at: datetime | None
    judged: tuple[JudgedPrice, ...]


def reference_of(sources: Sequence[SourcePrice], terms: MarkTerms, now: datetime) -> Reference:
    """What the sources say together.

    Each source is fresh or stale by itself. Of the fresh ones, those within `band_bps` of their median count; fewer
    than `min_sources` of them are no reference. The reference is the median of what counts; of two in the middle it is
    the one nearer to the median of all fresh ones, and of two equally near the mean, rounded down to 18 decimals.
    """
    oldest = now - timedelta(seconds=terms.max_age_seconds)
    fresh = [one.price for one in sources if one.marked_at >= oldest]
    centre = _mean(_middle(fresh)) if fresh else None
    judged = tuple(_judge(one, oldest, centre, terms.band_bps) for one in sorted(sources, key=lambda one: one.source))
    used = [one.last for one in judged if one.standing is MarkStanding.USED]
    if centre is None or len(used) < terms.min_sources:
        return Reference(None, None, judged)
    price = _nearer(_middle([one.price for one in used]), centre)
    return Reference(price, min(one.marked_at for one in used), judged)


def estimate_of(sources: Sequence[SourcePrice]) -> Decimal:
    """Roughly what it is worth, however old: the median of the sources (at least one) that are at most an hour behind
    the newest. For limits and pages; nothing is paid by it."""
    newest = max(one.marked_at for one in sources)
    return round_down(_mean(_middle([one.price for one in sources if newest - one.marked_at <= LAGGING])), STORED_SCALE)


def age_seconds(last: SourcePrice, now: datetime) -> int:
    """How many whole seconds old it is; a source whose clock is ahead is not younger than now."""
    return max(now - last.marked_at, timedelta()) // timedelta(seconds=1)


def _judge(one: SourcePrice, oldest: datetime, centre: Decimal | None, band_bps: Decimal) -> JudgedPrice:
    if centre is None or one.marked_at < oldest:
        return JudgedPrice(one, MarkStanding.STALE, None)
    distance = multiply(abs(total([one.price, -centre])), BPS_PER_ONE)
    within = distance <= multiply(band_bps, centre)
    deviation_bps = divide_up(distance, centre, EDGE_SCALE)
    return JudgedPrice(one, MarkStanding.USED if within else MarkStanding.OUTLIER, deviation_bps)


def _middle(prices: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The two in the middle, the lower first; twice the same one of an odd number."""
    ordered = sorted(prices)
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]


def _mean(two: tuple[Decimal, Decimal]) -> Decimal:
    return EXACT.multiply(total(two), _HALF)


def _nearer(two: tuple[Decimal, Decimal], centre: Decimal) -> Decimal:
    below, above = (abs(total([price, -centre])) for price in two)
    if below == above:
        return round_down(_mean(two), STORED_SCALE)
    return two[0] if below < above else two[1]
