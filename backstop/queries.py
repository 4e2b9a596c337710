"""The market as it is now: reference marks; and how long the record waits to be published.

Nothing is ever priced with a reference that too few fresh sources stand behind, or that jumped and waits.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from backstop.errors import DomainError, Refusal
from backstop.models import Event, Instrument, InstrumentTerms, Mark, Outbox, PastMark, Venue, VenueTerms
from backstop.refusals import GroundRefusal
from backstop.values.amounts import ZERO, to_text
from backstop.values.marks import NOTHING_KNOWN, KnownPrices, MarkTerms, SourcePrice, reference_of


def list_known_prices(instrument_ids: Collection[UUID], database: str = DEFAULT_DB_ALIAS) -> dict[UUID, KnownPrices]:
    """The last price of every source, however old, of each instrument that has one, and what was last used. One
    query."""
    sources: dict[UUID, list[SourcePrice]] = {}
    beside: dict[UUID, tuple[Decimal | None, datetime | None]] = {}
    marks = Mark.objects.using(database).filter(instrument_id__in=instrument_ids)
    said = ("source", "price", "marked_at", "price_before")
    whose = ("instrument_id", "instrument__used_mark__price", "instrument__venue__back_at")
    for instrument_id, last_used, back_at, *source in marks.values_list(*whose, *said):
        sources.setdefault(instrument_id, []).append(SourcePrice(*source))
        beside[instrument_id] = (last_used, back_at)
    return {each: KnownPrices(tuple(several), *beside[each]) for each, several in sources.items()}


def list_past_prices(
    instrument_ids: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, list[SourcePrice]]:
    """What is kept of the prices that every source gave for these instruments from one instant to the other, both
    included, in order of time. One query."""
    found: dict[UUID, list[SourcePrice]] = {each: [] for each in instrument_ids}
    past = PastMark.objects.filter(instrument__in=instrument_ids, marked_at__range=(since, until))
    said = ("instrument_id", "source", "price", "marked_at")
    for instrument_id, source, price, marked_at in past.order_by("marked_at", "created_at").values_list(*said):
        found[instrument_id].append(SourcePrice(source, price, marked_at))
    return found


def get_reference_marks(instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms) -> dict[UUID, Decimal]:
    """The reference of every one of these instruments. Raises `mark_missing`, `mark_stale` or `mark_jumped`, naming all
    at fault."""
    return reference_marks(list_known_prices(instrument_ids), instrument_ids, now, terms)


def reference_marks(
    prices: Mapping[UUID, KnownPrices], instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms
) -> dict[UUID, Decimal]:
    """`get_reference_marks` for callers that loaded the prices of many books at once."""
    missing = {instrument_id for instrument_id in instrument_ids if instrument_id not in prices}
    if missing:
        raise _naming(GroundRefusal.MARK_MISSING, missing, "has no mark")
    known = marks_in_force(prices, instrument_ids, now, terms)
    unpriced = set(instrument_ids) - known.keys()
    jumped = list_jumped(prices, unpriced, now, terms)
    if stale := unpriced - jumped:
        needed = f"{terms.min_sources} mark{'s' if terms.min_sources > 1 else ''}"
        band = f"within {to_text(terms.band_bps)} bps of their median"
        raise _naming(
            GroundRefusal.MARK_STALE, stale, f"needs {needed} of the last {terms.max_age_seconds} seconds {band}"
        )
    if jumped:
        limit = to_text(terms.max_jump_bps or ZERO)
        raise _naming(GroundRefusal.MARK_JUMPED, jumped, f"jumped by more than {limit} bps and waits to be confirmed")
    return known


def marks_in_force(
    prices: Mapping[UUID, KnownPrices], instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms
) -> dict[UUID, Decimal]:
    """The reference of those of these instruments that have one now. No query."""
    references = {each: reference_of(prices.get(each, NOTHING_KNOWN), terms, now).price for each in instrument_ids}
    return {each: price for each, price in references.items() if price is not None}


def list_jumped(
    prices: Mapping[UUID, KnownPrices], instrument_ids: Collection[UUID], now: datetime, terms: MarkTerms
) -> set[UUID]:
    """Those of these instruments whose price jumped and waits. No query."""
    known = ((each, prices.get(each, NOTHING_KNOWN)) for each in instrument_ids)
    return {each for each, of_each in known if reference_of(of_each, terms, now).jumped_to is not None}


def get_mark_terms(venue_id: UUID) -> MarkTerms:
    """What the venue's new books ask of marks: for showing them. Whoever prices a book goes by that book's own."""
    terms: Callable[[UUID], MarkTerms] = import_string(settings.MARK_TERMS)
    return terms(venue_id)


def _naming(refusal: Refusal, instrument_ids: Collection[UUID], problem: str) -> DomainError:
    symbols = Instrument.objects.filter(id__in=instrument_ids).order_by("symbol").values_list("symbol", flat=True)
    faults = [refusal.at("", f"{symbol} {problem}") for symbol in symbols]
    return refusal.error("; ".join(fault.message for fault in faults), faults=faults)


def get_instrument_terms(instruments: Collection[Instrument], at: datetime) -> dict[UUID, InstrumentTerms]:
    """The terms of each of these instruments that are in force at an instant. One query."""
    in_force = InstrumentTerms.objects.filter(instrument__in=instruments, effective_at__lte=at)
    newest = in_force.order_by("instrument_id", "-effective_at").distinct("instrument_id")
    return {each.id: _first_terms(each) for each in instruments} | {terms.instrument_id: terms for terms in newest}


def list_instruments(venue_id: UUID, at: datetime) -> QuerySet[Instrument]:
    """A venue's instruments, each with the `step_in_force`, the `rate_in_force` and whether it `is_listed` then."""
    newest = InstrumentTerms.objects.filter(instrument=OuterRef("id"), effective_at__lte=at).order_by("-effective_at")
    return Instrument.objects.filter(venue=venue_id).annotate(
        step_in_force=Coalesce(Subquery(newest.values("quantity_step")[:1]), F("quantity_step")),
        rate_in_force=Coalesce(Subquery(newest.values("margin_rate")[:1]), F("margin_rate")),
        is_listed=Coalesce(Subquery(newest.values("is_listed")[:1]), True),
    )


def get_notice_seconds(venue: Venue, at: datetime) -> int:
    """How long before it takes effect a worse commitment has to be announced at this instant."""
    return get_venue_terms(venue, at).notice_seconds


def get_venue_terms(venue: Venue, at: datetime) -> VenueTerms:
    """A venue's terms at this instant: before it set any, its first."""
    newest = VenueTerms.objects.filter(venue=venue, effective_at__lte=at).order_by("-effective_at").first()
    return newest or VenueTerms(venue=venue, effective_at=venue.created_at, notice_seconds=venue.notice_seconds)


def _first_terms(instrument: Instrument) -> InstrumentTerms:
    return InstrumentTerms(
        instrument=instrument,
        effective_at=instrument.created_at,
        quantity_step=instrument.quantity_step,
        margin_rate=instrument.margin_rate,
    )


def list_unpublished_venues() -> list[UUID | None]:
    """The venues in whose queues committed events wait to be published; None for the queue without a venue."""
    return list(Outbox.objects.order_by("venue_id").values_list("venue_id", flat=True).distinct())


def get_oldest_unpublished_at() -> datetime | None:
    """When the oldest event happened that is committed and not published; None where none waits."""
    oldest = Outbox.objects.order_by("id").values("event_id")[:1]
    return Event.objects.filter(id__in=oldest).values_list("created_at", flat=True).first()
