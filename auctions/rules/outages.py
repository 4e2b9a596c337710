"""Outages: time in which nothing ran is not bidding time.

Pure. What runs at a venue beats; after a gap that is longer than allowed, clocks show the instant of the last beat,
until the next one puts deadlines off by what was lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LastBeat:
    """The last beat of a venue (None: there was none), and the longest gap that counts as time (None: any)."""

    beat_at: datetime | None = None
    outage_seconds: int | None = None

    def lost_since(self, now: datetime) -> datetime | None:
        """Since when nothing has run; None where that is not long. At `outage_seconds` exactly it is not."""
        if self.beat_at is None or self.outage_seconds is None:
            return None
        return self.beat_at if now > self.beat_at + timedelta(seconds=self.outage_seconds) else None

    def shown_at(self, now: datetime, opens_at: datetime) -> datetime:
        """What the clock of an auction that opened at `opens_at` shows: now, or where it has stood since."""
        since = self.lost_since(now)
        return now if since is None else max(since, opens_at)
