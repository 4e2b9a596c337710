"""Marks as they are taken in: the last one that each source gave for an instrument.

Guarantees that a batch is taken whole or not at all, and that a mark never goes back in time. The price of the set
before is kept beside it: a second set confirms a jump, and the same one again is none. One in five seconds of each
source is kept for a while, so that what a price was can be asked later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from backstop import clock
from backstop.errors import Fault
from backstop.locks import Lock, lock
from backstop.models import Instrument, Mark, PastMark
from backstop.refusals import GroundRefusal
from backstop.transactions import requires_transaction

BY_HAND = "hand:"  # how the sources of persons begin
TOLERATED_CLOCK_DIFFERENCE = timedelta(seconds=5)
PAST_SECONDS = 5  # how far apart past marks are


@dataclass(frozen=True, slots=True)
class MarkQuote:
    """A source's price (> 0) of one instrument, as of `marked_at` (None: now)."""

    symbol: str
    price: Decimal
    marked_at: datetime | None = None
    source: str = "venue"


@requires_transaction
def take_marks(*, venue_id: UUID, quotes: Sequence[MarkQuote]) -> list[Mark]:
    """Take a batch of marks, one for each instrument and source at most. Raises `marks_refused` with every fault.

    A mark as old as the one that is stored replaces it; an older one is at fault.
    """
    lock(Lock.MARKS, [venue_id])
    now = clock.now()
    instruments = {
        instrument.symbol: instrument
        for instrument in Instrument.objects.filter(venue_id=venue_id, symbol__in={quote.symbol for quote in quotes})
    }
    stored = {
        (mark.instrument_id, mark.source): mark for mark in Mark.objects.filter(instrument__in=instruments.values())
    }
    faults = list(_faults(quotes, instruments, stored, now))
    if faults:
        raise GroundRefusal.MARKS_REFUSED.error(
            f"{len(faults)} faults in {len(quotes)} marks: none was taken", faults=faults
        )
    marks, past = [], []
    for quote in quotes:
        instrument, marked_at = instruments[quote.symbol], quote.marked_at or now
        last = stored.get((instrument.id, quote.source))
        marks.append(
            Mark(
                instrument=instrument,
                source=quote.source,
                price=quote.price,
                price_before=_price_before(last, marked_at),
                marked_at=marked_at,
            )
        )
        if last is None or _slot(marked_at) > _slot(last.marked_at):
            past.append(PastMark(instrument=instrument, source=quote.source, price=quote.price, marked_at=marked_at))
    PastMark.objects.bulk_create(past)
    return Mark.objects.bulk_create(
        marks,
        update_conflicts=True,
        unique_fields=["instrument", "source"],
        update_fields=["price", "price_before", "marked_at"],
    )


def _slot(marked_at: datetime) -> int:
    return int(marked_at.timestamp()) // PAST_SECONDS


def _price_before(last: Mark | None, marked_at: datetime) -> Decimal | None:
    """The price of the set before one of this instant; what replaces a mark of the same instant is no further set."""
    if last is None:
        return None
    return last.price if marked_at > last.marked_at else last.price_before


def _faults(
    quotes: Sequence[MarkQuote],
    instruments: Mapping[str, Instrument],
    stored: Mapping[tuple[UUID, str], Mark],
    now: datetime,
) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, quote in enumerate(quotes):
        place = f"/marks/{index}"
        if quote.price <= 0:
            yield GroundRefusal.PRICE_NOT_POSITIVE.at(f"{place}/price")
        if (quote.symbol, quote.source) in seen:
            yield GroundRefusal.MARK_REPEATED.at(place, f"{quote.symbol} has two marks of {quote.source} in this batch")
        seen.add((quote.symbol, quote.source))
        instrument = instruments.get(quote.symbol)
        if instrument is None:
            yield GroundRefusal.INSTRUMENT_UNKNOWN.at(
                f"{place}/instrument", f"this venue has no instrument {quote.symbol}"
            )
            continue
        marked_at = quote.marked_at or now
        if marked_at > now + TOLERATED_CLOCK_DIFFERENCE:
            yield GroundRefusal.MARK_IN_FUTURE.at(f"{place}/marked_at", f"it is {now.isoformat()} now")
        last = stored.get((instrument.id, quote.source))
        if last is not None and marked_at < last.marked_at:
            stands = f"the stored mark is of {last.marked_at.isoformat()}"
            yield GroundRefusal.MARK_OUTDATED.at(f"{place}/marked_at", stands)
