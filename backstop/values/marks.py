"""Which price an instrument has when several sources give one: the median of those that are fresh and agree.

Guarantees that the order of the sources does not count, that one liar among three never moves the reference beyond
the honest two, and that no single mark moves it far from the one that was last used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from backstop.values.amounts import EXACT, STORED_SCALE, difference, divide_up, multiply, round_down, total
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
    """A source's last price (> 0) of an instrument, as of `marked_at`, and the one that it gave before, if any."""

    source: str
    price: Decimal
    marked_at: datetime
    price_before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class KnownPrices:
    """What is known of an instrument's price: the last one of each source, and the one that something was last priced
    with; None where nothing ever was. `back_at` is when the last outage of its venue ended, if there was one."""

    sources: Sequence[SourcePrice] = ()
    last_used: Decimal | None = None
    back_at: datetime | None = None


NOTHING_KNOWN = KnownPrices()


@dataclass(frozen=True, slots=True)
class MarkTerms:
    """When a source counts, and how many (>= 1) have to: all limits belong to what is allowed.

    A price further than `max_jump_bps` from the last used one (None: however far) waits until it is confirmed or
    `max_jump_seconds` old.
    """

    max_age_seconds: int
    band_bps: Decimal
    min_sources: int
    max_jump_bps: Decimal | None = None
    max_jump_seconds: int = 0


@dataclass(frozen=True, slots=True)
class JudgedPrice:
    """A source's last price, and what became of it. `deviation_bps` is how far from the median of all fresh ones it is,
    rounded up to four decimals; None where it is stale."""

    last: SourcePrice
    standing: MarkStanding
    deviation_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class Reference:
    """An instrument's price, as old as the oldest mark behind it; both None where too few sources stand behind one, and
    where it jumped and waits: then that is `jumped_to`."""

    price: Decimal | None
    marked_at: datetime | None
    judged: tuple[JudgedPrice, ...]
    jumped_to: Decimal | None = None


def reference_of(known: KnownPrices, terms: MarkTerms, now: datetime) -> Reference:
    """What the sources say together.

    Each source is fresh or stale by itself. Of the fresh ones, those within `band_bps` of their median count; fewer
    than `min_sources` of them are no reference. The reference is the median of what counts; of two in the middle it is
    the one nearer to the median of all fresh ones, and of two equally near the mean, rounded down to 18 decimals.

    One that jumped is confirmed by a second fresh source, or by the same one a second time, that jumped too and
    is within `max_jump_bps` of it; at `max_jump_seconds` exactly it need not be any more. These begin anew after an
    outage, in which nobody could confirm it.
    """
    oldest = now - timedelta(seconds=terms.max_age_seconds)
    fresh = [one for one in known.sources if one.marked_at >= oldest]
    centre = _mean(_middle([one.price for one in fresh])) if fresh else None
    in_order = sorted(known.sources, key=lambda one: one.source)
    judged = tuple(_judge(one, oldest, centre, terms.band_bps) for one in in_order)
    used = [one.last for one in judged if one.standing is MarkStanding.USED]
    if centre is None or len(used) < terms.min_sources:
        return Reference(None, None, judged)
    price = _nearer(_middle([one.price for one in used]), centre)
    marked_at = min(one.marked_at for one in used)
    waits_from = max(marked_at, known.back_at or marked_at)
    waits = now < waits_from + timedelta(seconds=terms.max_jump_seconds)
    if waits and _has_jumped(price, known.last_used, terms) and not _is_confirmed(price, known.last_used, fresh, terms):
        return Reference(None, None, judged, jumped_to=price)
    return Reference(price, marked_at, judged)


def reference_near(
    past: Sequence[SourcePrice], terms: MarkTerms, at: datetime, until: datetime
) -> tuple[Decimal, datetime] | None:
    """What the sources said together at an instant, or else the first that they did until another, that included; and
    when that was. `past` is in order of time. A jump waits for nothing here: nothing is paid by what has been."""
    terms = replace(terms, max_jump_bps=None)
    last: dict[str, SourcePrice] = {one.source: one for one in past if one.marked_at <= at}
    later = [one for one in past if at < one.marked_at <= until]
    by_moment = {moment: list(several) for moment, several in groupby(later, key=attrgetter("marked_at"))}
    for moment, several in {at: [], **by_moment}.items():
        last |= {one.source: one for one in several}
        price = reference_of(KnownPrices(tuple(last.values())), terms, moment).price
        if price is not None:
            return price, moment
    return None


def estimate_of(sources: Sequence[SourcePrice]) -> Decimal:
    """Roughly what it is worth, however old: the median of the sources (at least one) that are at most an hour behind
    the newest. For limits and pages; nothing is paid by it."""
    newest = max(one.marked_at for one in sources)
    return round_down(_mean(_middle([one.price for one in sources if newest - one.marked_at <= LAGGING])), STORED_SCALE)


def age_seconds(last: SourcePrice, now: datetime) -> int:
    """How many whole seconds old it is; a source whose clock is ahead is not younger than now."""
    return max(now - last.marked_at, timedelta()) // timedelta(seconds=1)


def _has_jumped(price: Decimal, last_used: Decimal | None, terms: MarkTerms) -> bool:
    return last_used is not None and not _is_near(price, last_used, terms.max_jump_bps)


def _is_confirmed(price: Decimal, last_used: Decimal | None, fresh: Sequence[SourcePrice], terms: MarkTerms) -> bool:
    """Whether at least two marks that jumped say so: of two sources, or of one source the last and the one before."""

    def says_so(one: Decimal | None) -> bool:
        return one is not None and _has_jumped(one, last_used, terms) and _is_near(one, price, terms.max_jump_bps)

    return sum(1 + says_so(one.price_before) for one in fresh if says_so(one.price)) > 1


def _is_near(price: Decimal, to: Decimal, bps: Decimal | None) -> bool:
    """Whether it is within so many basis points of the other; at the limit exactly it is."""
    return bps is None or multiply(difference(price, to).copy_abs(), BPS_PER_ONE) <= multiply(bps, to)


def _judge(one: SourcePrice, oldest: datetime, centre: Decimal | None, band_bps: Decimal) -> JudgedPrice:
    if centre is None or one.marked_at < oldest:
        return JudgedPrice(one, MarkStanding.STALE, None)
    distance = multiply(difference(one.price, centre).copy_abs(), BPS_PER_ONE)
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
    below, above = (difference(price, centre).copy_abs() for price in two)
    if below == above:
        return round_down(_mean(two), STORED_SCALE)
    return two[0] if below < above else two[1]
