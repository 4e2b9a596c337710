"""Half-open stretches of time: a moment belongs to a period when `starts_at <= t < ends_at`.

Neighbouring periods never overlap and never leave a gap; every moment must carry a time zone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_SATURDAY = 5
_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_at` (included) to `ends_at` (excluded); None is unbounded on that side. Empty where they meet."""

    starts_at: datetime | None
    ends_at: datetime | None

    def __post_init__(self) -> None:
        for moment in (self.starts_at, self.ends_at):
            if moment is not None:
                _require_zone(moment)
        if self.starts_at is not None and self.ends_at is not None and self.ends_at < self.starts_at:
            raise ValueError("a period cannot end before it starts")

    def contains(self, moment: datetime) -> bool:
        """Whether `moment` is inside: the start is, the end is not."""
        _require_zone(moment)
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC: its first instant is in it, the first of the next is not."""

    year: int
    number: int  # 1 to 12

    @property
    def starts_at(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        return self.following.starts_at

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        return Month.around(self.starts_at - timedelta(days=1))

    @classmethod
    def around(cls, moment: datetime) -> "Month":
        _require_zone(moment)
        in_utc = moment.astimezone(UTC)
        return cls(in_utc.year, in_utc.month)

    @classmethod
    def named(cls, text: str) -> "Month | None":
        """The one of this name, such as 2026-11; None: there is no such month."""
        found = _MONTH.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


def window_at(anchor: datetime, seconds: int, now: datetime) -> Period:
    """The fixed window around `now`: windows of `seconds` (> 0) follow one another from `anchor`, the first use."""
    _require_zone(anchor)
    _require_zone(now)
    if seconds <= 0:
        raise ValueError("a window needs a positive length")
    length = timedelta(seconds=seconds)
    starts_at = anchor + (now - anchor) // length * length
    return Period(starts_at, starts_at + length)


class Calendar(StrEnum):
    """The days on which a commitment stands, by the UTC date."""

    ALL = "ALL"
    WEEKDAY = "WEEKDAY"
    WEEKEND = "WEEKEND"

    def includes(self, moment: datetime) -> bool:
        """Whether `moment` falls on these days: Saturday 00:00 UTC begins the weekend, Monday 00:00 UTC ends it."""
        _require_zone(moment)
        if self is Calendar.ALL:
            return True
        return (moment.astimezone(UTC).weekday() >= _SATURDAY) == (self is Calendar.WEEKEND)


def _require_zone(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} carries no time zone")
