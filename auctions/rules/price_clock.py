"""The price clock of one Dutch auction: the edge that it offers at an instant, and when everybody may take.

Pure. What its curve is like over the seconds is `rules/curves`; here instants become seconds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from auctions.rules.curves import Curve, edge_at
from auctions.rules.outages import LastBeat
from backstop.values.amounts import EXACT, ZERO, difference
from backstop.values.bps import floor_edge


@dataclass(frozen=True, slots=True)
class PriceClock:
    """It starts `priority_seconds` after `opens_at`, when everybody may take; until then better tiers take alone, at
    the edge of its start. It stood still for `halted_seconds`: halts do not count, nor does time in which nothing runs.
    `curve` is how the edge rises."""

    curve: Curve
    opens_at: datetime
    priority_seconds: int
    halted_seconds: Decimal
    last_beat: LastBeat

    @property
    def starts_at(self) -> datetime:
        """When it starts, unless the auction is halted before."""
        return self.opens_at + timedelta(seconds=float(self.halted_seconds)) + timedelta(seconds=self.priority_seconds)

    def has_started(self, now: datetime) -> bool:
        """Whether everybody may take; at `starts_at` exactly everybody may."""
        return self.seconds_at(now) >= 0

    def seconds_at(self, now: datetime) -> Decimal:
        """How long it has run; below zero until it starts."""
        shown = self.last_beat.shown_at(now, self.opens_at)
        return difference(seconds_between(self.opens_at, shown), self.halted_seconds, Decimal(self.priority_seconds))

    def edge_at(self, now: datetime, cap_bps: Decimal) -> Decimal:
        """What a take gets, at most the cap: floored, so that the estate never pays more than the curve says."""
        return floor_edge(edge_at(self.curve, max(self.seconds_at(now), ZERO), cap_bps))


def seconds_between(since: datetime, until: datetime) -> Decimal:
    """From one instant to another, exact to the microsecond."""
    return Decimal((until - since) // timedelta(microseconds=1)).scaleb(-6, context=EXACT)
