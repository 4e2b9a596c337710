"""What everybody behind books lost against the marks at their intake: the one measure of mechanisms and of replays.

Losses are positive, in the settlement asset. An edge is paid to a provider; what the insurance fund took or the venue
got back is not placed. What nobody took is judged by a path of marks from which the outliers are filtered.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from statistics import median_high, median_low
from typing import Any

from backstop.values.amounts import ZERO, difference, divide_down, multiply, to_text, total
from backstop.values.bps import of_notional

HORIZON_SECONDS = 6 * 3600

MEDIAN_SECONDS = 5 * 60

PERCENT_SCALE = 4

_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Path:
    """Marks of one instrument, in order of time; several of one instant all count."""

    times: tuple[datetime, ...]
    marks: tuple[Decimal, ...]


@dataclass(frozen=True)
class Judge:
    """A path filtered, and the time within which it judges what was not placed."""

    path: Path
    horizon_seconds: int = HORIZON_SECONDS

    @cached_property
    def filtered(self) -> Path:
        return filtered(self.path)

    @cached_property
    def _extremes(self) -> tuple[list[tuple[Decimal, ...]], list[tuple[Decimal, ...]]]:
        """The lowest and the highest mark of every run whose length is a power of two."""
        return tuple(_of_runs(self.filtered.marks, best) for best in (min, max))  # type: ignore[return-value]

    def _within(self, since: datetime) -> tuple[int, int]:
        """Which marks come after `since` and at the latest at the horizon."""
        until = since + timedelta(seconds=self.horizon_seconds)
        return bisect_right(self.filtered.times, since), bisect_right(self.filtered.times, until)

    def at_horizon(self, since: datetime, mark: Decimal) -> Decimal:
        """The mark in force at the horizon; `mark`, that of `since`, where none came after it."""
        first, end = self._within(since)
        return self.filtered.marks[end - 1] if end > first else mark

    def worst(self, since: datetime, mark: Decimal, sign: int) -> Decimal:
        """The lowest mark within the horizon for what is long (`sign` 1), the highest for what is short (-1)."""
        first, end = self._within(since)
        if end == first:
            return mark
        power = (end - first).bit_length() - 1
        lowest, highest = self._extremes
        runs, best = (lowest, min) if sign > 0 else (highest, max)
        return best(runs[power][first], runs[power][end - (1 << power)])


def filtered(path: Path, seconds: int = MEDIAN_SECONDS) -> Path:
    """Every mark replaced by the median of those within so many seconds either way, exactly so many included."""
    reach = timedelta(seconds=seconds)
    near: list[Decimal] = []
    marks, first, end = [], 0, 0
    for at in path.times:
        while end < len(path.times) and path.times[end] <= at + reach:
            insort(near, path.marks[end])
            end += 1
        while path.times[first] < at - reach:
            del near[bisect_left(near, path.marks[first])]
            first += 1
        marks.append(multiply(total([median_low(near), median_high(near)]), _HALF))
    return Path(path.times, tuple(marks))


def _of_runs(marks: Sequence[Decimal], best: Any) -> list[tuple[Decimal, ...]]:
    runs, length = [tuple(marks)], 1
    while 2 * length <= len(marks):
        shorter = runs[-1]
        runs.append(tuple(map(best, shorter, shorter[length:])))
        length *= 2
    return runs


@dataclass(frozen=True, slots=True)
class Placement:
    """A quantity that a provider took, at the mark of that instant; `fair_bps` is what it was worth to the taker."""

    quantity: Decimal
    mark: Decimal
    edge_bps: Decimal
    fair_bps: Decimal

    @property
    def notional(self) -> Decimal:
        """What edges are a share of."""
        return multiply(self.quantity, self.mark)


@dataclass(frozen=True, slots=True)
class Sold:
    """A position of a book and what became of it. `sign` is 1 where a rising mark is a gain; `horizon_mark` and
    `worst_mark` judge what was not placed. `seconds` is from intake to the last placement, None without one."""

    sign: int
    quantity: Decimal
    mark: Decimal
    placed: tuple[Placement, ...]
    horizon_mark: Decimal
    worst_mark: Decimal
    seconds: float | None = None

    @property
    def notional(self) -> Decimal:
        """At the mark of the intake."""
        return multiply(self.quantity, self.mark)

    @property
    def placed_quantity(self) -> Decimal:
        """What providers took of it."""
        return total(each.quantity for each in self.placed)

    def lost(self, quantity: Decimal, mark: Decimal) -> Decimal:
        """What so much of it lost from intake to `mark`; negative where it gained."""
        return multiply(quantity, difference(self.mark, mark), self.sign)

    def unplaced_at(self, mark: Decimal) -> Decimal:
        """What the part that nobody took lost."""
        return self.lost(difference(self.quantity, self.placed_quantity), mark)


@dataclass(frozen=True, slots=True)
class Borne:
    """What is not seen from the positions alone. `bad_debt` says who bears it; it is in no sum of the outcome."""

    bad_debt: Mapping[str, Decimal]
    fund_result: Decimal
    to_owners: Decimal
    capital_locked: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """`horizon` and `worst` judge what was not placed: shortfall = edges + drift + unplaced, cost = edges + unplaced.

    `above_fair` is what was paid above the takers' own valuations, `capital_locked` the average over time of holds and
    margin, `seconds_to_place` over the positions of which something was placed.
    """

    notional: Decimal
    edges: Decimal
    drift: Decimal
    unplaced_horizon: Decimal
    unplaced_worst: Decimal
    above_fair: Decimal
    placed_percent: Decimal
    p50: float | None
    p99: float | None
    borne: Borne

    @property
    def shortfall_worst(self) -> Decimal:
        """With what was not placed at its worst mark."""
        return total([self.edges, self.drift, self.unplaced_worst])

    @property
    def cost_worst(self) -> Decimal:
        """The same without drift."""
        return total([self.edges, self.unplaced_worst])

    def as_json(self) -> dict[str, Any]:
        """Amounts as text."""
        at = {"horizon": self.unplaced_horizon, "worst": self.unplaced_worst}
        return {
            "notional": to_text(self.notional),
            "edges": to_text(self.edges),
            "drift": to_text(self.drift),
            "unplaced": {name: to_text(lost) for name, lost in at.items()},
            "shortfall": {name: to_text(total([self.edges, self.drift, lost])) for name, lost in at.items()},
            "cost": {name: to_text(total([self.edges, lost])) for name, lost in at.items()},
            "bad_debt": {who: to_text(amount) for who, amount in self.borne.bad_debt.items()},
            "fund_result": to_text(self.borne.fund_result),
            "to_owners": to_text(self.borne.to_owners),
            "above_fair": to_text(self.above_fair),
            "placed_percent": to_text(self.placed_percent),
            "seconds_to_place": {"p50": self.p50, "p99": self.p99},
            "capital_locked": to_text(self.borne.capital_locked),
        }


def outcome_of(positions: Sequence[Sold], borne: Borne) -> Measured:
    """What these positions lost, together; the sums are exact."""
    takes = [(position, placed) for position in positions for placed in position.placed]
    notional = total(position.notional for position in positions)
    placed = total(multiply(taken.quantity, position.mark) for position, taken in takes)
    seconds = sorted(position.seconds for position in positions if position.seconds is not None)
    return Measured(
        notional=notional,
        edges=total(of_notional(taken.notional, taken.edge_bps) for _, taken in takes),
        drift=total(position.lost(taken.quantity, taken.mark) for position, taken in takes),
        unplaced_horizon=total(position.unplaced_at(position.horizon_mark) for position in positions),
        unplaced_worst=total(position.unplaced_at(position.worst_mark) for position in positions),
        above_fair=total(_above_fair(taken) for _, taken in takes),
        placed_percent=divide_down(multiply(placed, 100), notional, PERCENT_SCALE) if notional else ZERO,
        p50=percentile(seconds, 50),
        p99=percentile(seconds, 99),
        borne=borne,
    )


def _above_fair(taken: Placement) -> Decimal:
    return max(of_notional(taken.notional, difference(taken.edge_bps, taken.fair_bps)), ZERO)


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest rank, to milliseconds; None of nothing."""
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 3) if ordered else None
