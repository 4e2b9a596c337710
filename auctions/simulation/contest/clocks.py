"""Selling by a clock: an offer that gets better for takers until one of them has enough of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from auctions.simulation.contest.world import Bidder, Parcel, World

AGAIN_SECONDS = 1.0  # after a take, or where capital that came back is gone already


class Edges(Protocol):
    """The edge on offer, in basis points of the mark in force."""

    def edge(self, now: float) -> float:
        """What a take gets now."""

    def look_at(self, ask: float, now: float) -> float:
        """When to look again, later than now, for who asks for more than is on offer."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What a bidder took at once, and at which edge."""

    units: int
    notional: float
    edge_bps: float


@dataclass
class Clock:
    """One lot under one offer, from now until `ends_at` or until nothing is left; then `ended`."""

    world: World
    lot: Parcel
    offer: Edges
    ends_at: float
    ended: Callable[[], None] = lambda: None
    takers: dict[str, list[Bought]] = field(default_factory=dict)
    _done: bool = False

    def start(self) -> None:
        """Let the bidders look."""
        for bidder in self.world.bidders:
            self.world.at(self.world.now, self._look, bidder)
        self.world.at(self.ends_at, self._end)

    def _end(self) -> None:
        if not self._done:
            self._done = True
            self.ended()

    @property
    def is_over(self) -> bool:
        """Whether nobody can take any more."""
        return self._done or self.world.now >= self.ends_at

    def units_of(self, bidder: Bidder) -> int:
        """How many units a bidder took."""
        return sum(each.units for each in self.takers.get(bidder.name, []))

    def give(self, bidder: Bidder, units: int) -> None:
        """Let a bidder have units at the edge of now."""
        self.world.place(self.lot, bidder, units, self.offer.edge(self.world.now))
        if not self.lot.left:
            self._end()

    def _price(self) -> float:
        return self.lot.priced(self.world.mark(self.lot), self.offer.edge(self.world.now))

    def _look(self, bidder: Bidder) -> None:
        """A bidder looks whether it would take, and comes again when that may have changed."""
        now = self.world.now
        if self.is_over:
            return
        if self.offer.edge(now) < bidder.ask(self.lot) - 1e-9:
            again = max(self.offer.look_at(bidder.ask(self.lot), now), now + 0.1)
            if again < self.ends_at:
                self.world.at(again, self._look, bidder)
        elif bidder.affords(self.lot, self._price()):
            self.world.soon(self._take, bidder)
        elif bidder.coming:
            self.world.at(max(bidder.coming[0][0], now + AGAIN_SECONDS), self._look, bidder)

    def _take(self, bidder: Bidder) -> None:
        now = self.world.now
        if self.is_over:
            return
        edge = self.offer.edge(now)
        units = bidder.units(self.lot, self._price()) if edge >= bidder.ask(self.lot) - 1e-9 else 0
        if units:
            taken = Bought(units, self.lot.quantity_of(units) * self.world.mark(self.lot), edge)
            self.takers.setdefault(bidder.name, []).append(taken)
            self.give(bidder, units)
        if not self._done:
            self.world.at(now + AGAIN_SECONDS, self._look, bidder)
