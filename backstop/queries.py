"""The market as it is now: reference marks; and how long the record waits to be published.

Nothing is ever priced with a reference that too few fresh sources stand behind.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils.module_loading import import_string

from backstop.errors import DomainError, Refusal
from backstop.models import Event, Instrument, Mark, Outbox
from backstop.refusals import GroundRefusal
from backstop.values.amounts import to_text
from backstop.values.marks import MarkTerms, SourcePrice, reference_of


def list_source_prices(
    instrument_ids: Collection[UUID], database: str = DEFAULT_DB_ALIAS
) -> dict[UUID, list[SourcePrice]]:
    """The last price of every source of each instrument that has one, however old. One query."""
    prices: dict[UUID, list[SourcePrice]] = {}
    rows = Mark.objects.using(database).filter(instrument_id__in=instrument_ids)
    for instrument_id, source, price, marked_at in rows.values_list("instrument_id", "source", "price", "marked_at"):
        prices.setdefault(instrument_id, []).append(SourcePrice(source, price, marked_at))
    return prices


def get_reference_marks(instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms) -> dict[UUID, Decimal]:
    """The reference of every one of these instruments. Raises `mark_missing` or `mark_stale`, naming all at fault."""
    return reference_marks(list_source_prices(instrument_ids), instrument_ids, now, terms)


def reference_marks(
    prices: Mapping[UUID, Collection[SourcePrice]], instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms
) -> dict[UUID, Decimal]:
    """`get_reference_marks` for callers that loaded the prices of many books at once."""
    missing = {instrument_id for instrument_id in instrument_ids if instrument_id not in prices}
    if missing:
        raise _naming(GroundRefusal.MARK_MISSING, missing, "has no mark")
    known = marks_in_force(prices, instrument_ids, now, terms)
    if stale := set(instrument_ids) - known.keys():
        needed = f"{terms.min_sources} mark{'s' if terms.min_sources > 1 else ''}"
        band = f"within {to_text(terms.band_bps)} bps of their median"
        raise _naming(
            GroundRefusal.MARK_STALE, stale, f"needs {needed} of the last {terms.max_age_seconds} seconds {band}"
        )
    return known


def marks_in_force(
    prices: Mapping[UUID, Collection[SourcePrice]], instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms
) -> dict[UUID, Decimal]:
    """The reference of those of these instruments that have one now. No query."""
    references = {each: reference_of(list(prices.get(each, ())), terms, now).price for each in instrument_ids}
    return {each: price for each, price in references.items() if price is not None}


def get_mark_terms(venue_id: UUID) -> MarkTerms:
    """What the venue's new books ask of marks: for showing them. Whoever prices a book goes by that book's own."""
    terms: Callable[[UUID], MarkTerms] = import_string(settings.MARK_TERMS)
    return terms(venue_id)


def _naming(refusal: Refusal, instrument_ids: Collection[UUID], problem: str) -> DomainError:
    symbols = Instrument.objects.filter(id__in=instrument_ids).order_by("symbol").values_list("symbol", flat=True)
    faults = [refusal.at("", f"{symbol} {problem}") for symbol in symbols]
    return refusal.error("; ".join(fault.message for fault in faults), faults=faults)


def list_unpublished_venues() -> list[UUID | None]:
    """The venues in whose queues committed events wait to be published; None for the queue without a venue."""
    return list(Outbox.objects.order_by("venue_id").values_list("venue_id", flat=True).distinct())


def get_oldest_unpublished_at() -> datetime | None:
    """When the oldest event happened that is committed and not published; None where none waits."""
    oldest = Outbox.objects.order_by("id").values("event_id")[:1]
    return Event.objects.filter(id__in=oldest).values_list("created_at", flat=True).first()
