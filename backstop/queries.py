"""The market as it is now: reference marks.

Called by every stage that prices something. A mark is fresh while it is at most `max_age_seconds` old; nothing is ever
priced with an older one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from backstop.errors import Conflict, DomainError, Fault
from backstop.models import Instrument, Mark


class MarkMissing(Conflict):
    """An instrument has no mark at all."""


class MarkStale(Conflict):
    """An instrument's newest mark is too old to price anything with."""


@dataclass(frozen=True, slots=True)
class ReferenceMark:
    """An instrument's newest price, over all its sources."""

    price: Decimal
    marked_at: datetime


def list_reference_marks(instrument_ids: Collection[UUID]) -> dict[UUID, ReferenceMark]:
    """The newest mark of each instrument that has one, however old. One query."""
    newest = (
        Mark.objects.filter(instrument_id__in=instrument_ids)
        .order_by("instrument_id", "-marked_at", "source")
        .distinct("instrument_id")
    )
    return {mark.instrument_id: ReferenceMark(mark.price, mark.marked_at) for mark in newest}


def get_reference_marks(
    instrument_ids: Collection[UUID], now: datetime, max_age_seconds: int
) -> dict[UUID, ReferenceMark]:
    """The newest mark of every one of these instruments. Raises `MarkMissing` or `MarkStale`, naming all at fault."""
    marks = list_reference_marks(instrument_ids)
    require_fresh(marks, instrument_ids, now, max_age_seconds)
    return marks


def require_fresh(
    marks: Mapping[UUID, ReferenceMark], instrument_ids: Collection[UUID], now: datetime, max_age_seconds: int
) -> None:
    """Raise `MarkMissing` or `MarkStale` unless each of these instruments has a mark that is young enough.

    For callers that loaded the marks of many books at once. A mark of exactly `max_age_seconds` is fresh.
    """
    missing = {instrument_id for instrument_id in instrument_ids if instrument_id not in marks}
    if missing:
        raise _naming(MarkMissing, missing, "has no mark")
    oldest = now - timedelta(seconds=max_age_seconds)
    stale = {instrument_id for instrument_id in instrument_ids if marks[instrument_id].marked_at < oldest}
    if stale:
        raise _naming(MarkStale, stale, f"has no mark of the last {max_age_seconds} seconds")


def _naming(error: type[DomainError], instrument_ids: Collection[UUID], problem: str) -> DomainError:
    symbols = Instrument.objects.filter(id__in=instrument_ids).order_by("symbol").values_list("symbol", flat=True)
    faults = [Fault("", error.code, f"{symbol} {problem}") for symbol in symbols]
    return error("; ".join(fault.message for fault in faults), faults=faults)
