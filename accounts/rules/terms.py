"""What a commitment offers, and how narrower terms override wider ones.

Rows, JSON and pages walk the fields of `StandingTerms`: a new cap is a field here, its name and a column of its row.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from backstop.values.periods import Calendar, Period

BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class Window:
    """So much notional in each fixed window of so many seconds."""

    capacity: Decimal
    seconds: int


@dataclass(frozen=True, slots=True)
class StandingTerms:
    """What a commitment offers; None is left to the wider scope, and in the widest it is no limit.

    Caps are notionals in the settlement asset. `starts_at` and `ends_at` are the commitment's own life, not inherited.
    """

    sides: str | None = None
    min_edge_bps: Decimal | None = None
    cap_per_assignment: Decimal | None = None
    cap_held: Decimal | None = None
    window: Window | None = None
    calendar: Calendar | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def life(self) -> Period:
        return Period(self.starts_at, self.ends_at)


Timeline = Sequence[tuple[datetime, StandingTerms]]  # the oldest first
OWN_FIELDS = ("starts_at", "ends_at")
FIELDS = tuple(field.name for field in fields(StandingTerms))
INHERITED_FIELDS = tuple(name for name in FIELDS if name not in OWN_FIELDS)
# What each field is in a row and in JSON: itself, or the two values that make a window.
COLUMNS = {name: ("window_capacity", "window_seconds") if name == "window" else (name,) for name in FIELDS}


class CapName(StrEnum):
    """What limits how much: a field of the terms, or the provider's money."""

    ASSIGNMENT = "cap_per_assignment"
    HELD = "cap_held"
    WINDOW = "window"
    COLLATERAL = "collateral"


CAPS = tuple(name for name in CapName if name in FIELDS)


def columns_of(terms: StandingTerms) -> dict[str, Any]:
    """The terms by column."""
    window = terms.window
    parts = {"window_capacity": window and window.capacity, "window_seconds": window and window.seconds}
    names = [column for columns in COLUMNS.values() for column in columns]
    return {name: parts[name] if name in parts else getattr(terms, name) for name in names}


def fields_of(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `StandingTerms` that these columns say, an empty text being None; a window is its two columns."""
    said: dict[str, Any] = {name: None if value == "" else value for name, value in columns.items()}
    if "window_capacity" in said or "window_seconds" in said:
        capacity, seconds = said.pop("window_capacity", None), said.pop("window_seconds", None)
        said["window"] = None if capacity is None or seconds is None else Window(capacity, seconds)
    if said.get("calendar") is not None:
        said["calendar"] = Calendar(said["calendar"])
    return said


def terms_at(timeline: Timeline, moment: datetime) -> StandingTerms | None:
    """The terms in force: the latest with `effective_at <= moment`; None before the first."""
    begun = bisect_right(timeline, moment, key=lambda each: each[0])
    return timeline[begun - 1][1] if begun else None


def merge(chain: Sequence[tuple[UUID, StandingTerms]]) -> tuple[StandingTerms, Mapping[str, UUID]]:
    """Terms of several commitments, widest first, as one; and which commitment supplied each field.

    The narrower overrides field by field; a window overrides as a whole.
    """
    values: dict[str, Any] = {}
    suppliers: dict[str, UUID] = {}
    for commitment_id, terms in chain:
        for name in INHERITED_FIELDS:
            value = getattr(terms, name)
            if value is not None:
                values[name] = value
                suppliers[name] = commitment_id
    return StandingTerms(**values), suppliers
