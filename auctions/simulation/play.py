"""A run as a whole: arrivals go in as fast as the market keeps up, until the last book has ended."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auctions.simulation.closing import Closing
from auctions.simulation.feed import Feed, count_books
from auctions.simulation.measuring import Locked
from auctions.simulation.place import Place
from auctions.simulation.robots import TOO_LATE, Floor
from auctions.simulation.screen import Screen
from auctions.simulation.seeding import Market
from backstop.client.inputs import BookInput

TICK_SECONDS = 0.1

FIRST_UNDER_WAY, GROWTH_PER_SECOND = 20.0, 2.0

BACKLOG = 30  # calls that the robots have still to make: more, and they would bid too late

PATIENCE_SECONDS = 180.0

Wave = tuple[Mapping[str, Decimal], Sequence[BookInput]]


class RunFailed(Exception):
    """A run was not finished, or does not hold; `code` is what the command leaves with."""

    def __init__(self, problem: str, code: int = 1) -> None:
        super().__init__(problem)
        self.code = code


class NeverEnded(RunFailed):
    """Books are under way and nothing moves any more."""


@dataclass
class Play:
    """One venue's run."""

    place: Place
    market: Market
    feed: Feed
    floor: Floor
    screen: Screen
    locked: Locked
    closing: Closing | None = None
    _moved: tuple[int, int] = (0, 0)
    _moved_at: float = 0.0
    _late: int = 0
    _allowed_at: float = 0.0

    def run(self, waves: Iterable[Wave], *, under_way: int, every_seconds: float = 0.0) -> None:
        """Send the waves, one at least `every_seconds` after the other, while at most `under_way` books are on their
        way and the robots keep up; then wait for the end. Raises `NeverEnded`."""
        sent, allowed = 0, FIRST_UNDER_WAY
        self._moved_at = self._allowed_at = time.monotonic()
        for marks, books in waves:
            until = time.monotonic() + every_seconds
            self.feed.mark(marks)
            self.feed.send(books)
            sent += len(books)
            allowed = self._allow(allowed, under_way)
            while self._look(sent) > allowed or self.floor.backlog > BACKLOG or time.monotonic() < until:
                self._tick()
        while self._look(sent):
            self._tick()

    def _allow(self, allowed: float, most: int) -> float:
        """How many books may be under way now: slowly more while the robots are in time, half once they are late."""
        late, now = self.floor.outcomes[TOO_LATE], time.monotonic()
        grown = allowed + GROWTH_PER_SECOND * (now - self._allowed_at) if late == self._late else max(allowed / 2, 1)
        self._late, self._allowed_at = late, now
        return min(grown, most)

    def _tick(self) -> None:
        self.place.wait(TICK_SECONDS)
        if self.floor.failure is not None:
            raise self.floor.failure
        self.feed.refresh()
        if self.closing is not None:
            self.closing.look()

    def _look(self, sent: int) -> int:
        """How many books are under way."""
        _, ended = count_books(self.market.venue_id)
        self.locked.look()
        note = ", ".join(f"{count} {what}" for what, count in sorted(self.floor.outcomes.items()))
        self.screen.show(sent, ended, note)
        if (sent, ended) != self._moved:
            self._moved, self._moved_at = (sent, ended), time.monotonic()
        elif time.monotonic() - self._moved_at > PATIENCE_SECONDS:
            raise NeverEnded(f"{sent - ended} of {sent} books have not moved for {PATIENCE_SECONDS:.0f} seconds")
        return sent - ended
