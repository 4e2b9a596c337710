"""The one world in which mechanisms are compared: marks, lots, bidders with capital, and a heap of timed actions.

Seconds are counted from the first arrival. What is reckoned here is nobody's money, so it is reckoned in floats; the
outcome is computed from it by the rule that replays use.
"""

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from auctions.rules.outcome import Borne, Judge, Measured, Path, Placement, Sold, outcome_of
from auctions.rules.valuation import LONG
from auctions.simulation.arrivals import Arrival, ArrivalRow
from auctions.simulation.contest.bidders import ASKS, Crowd, Manner
from auctions.simulation.contest.paths import path_as
from auctions.simulation.measuring import path_of
from backstop.models import InstrumentKind

UNITS = 100

LINEAR_MARGIN = 0.1

AMOUNT = Decimal("1e-6")


@dataclass
class Bidder:
    """One that is there. `free` is what it can still bind; what comes back, and when, stands in `coming`."""

    name: str
    crowd: Crowd
    free: float
    coming: deque[tuple[float, float]] = field(default_factory=deque)
    _fair: dict[str, float] = field(default_factory=dict)

    def fair(self, lot: "Parcel") -> float:
        """The least edge that it accepts for this lot, in basis points."""
        if lot.reference not in self._fair:
            self._fair[lot.reference] = float(self.crowd.fair_edge(self.name, lot.reference))
        return self._fair[lot.reference]

    def ask(self, lot: "Parcel") -> float:
        """The edge that it asks for, by its manner."""
        return self.fair(lot) * float(ASKS[self.crowd.manner])

    @property
    def waits(self) -> bool:
        """Whether it does not bid before it must."""
        return self.crowd.manner is Manner.WAITING

    def units(self, lot: "Parcel", price: float) -> int:
        """How many of the units left it would take at this price."""
        wanted = max(1, int(UNITS * self.crowd.appetite(self.name)))
        return min(lot.left, wanted, self.affords(lot, price))

    def affords(self, lot: "Parcel", price: float) -> int:
        """How many units its free capital is enough for; nothing is bound at a price of zero."""
        need = lot.need(1, price)
        return max(int(self.free / need + 1e-9), 0) if need > 0 else UNITS


@dataclass
class Parcel:
    """A position on sale, in hundredths."""

    reference: str
    instrument: str
    sign: int
    is_spot: bool
    quantity: float
    mark: float
    cash: float
    entry: float
    at: float
    row: ArrivalRow
    intake: Decimal
    left: int = UNITS
    proceeds: float = 0.0
    edges: float = 0.0
    placed: list[Placement] = field(default_factory=list)
    placed_at: float | None = None
    fund_result: float | None = None

    def quantity_of(self, units: int) -> float:
        return self.quantity * units / UNITS

    def need(self, units: int, price: float) -> float:
        """What so many units bind of a taker's capital: all that it pays for spot, margin for contracts."""
        return self.quantity_of(units) * max(price, 0.0) * (1.0 if self.is_spot else LINEAR_MARGIN)

    def priced(self, mark: float, edge_bps: float) -> float:
        """What a taker pays a unit of quantity at this edge; for a short it is what it gets."""
        return mark * (1 - self.sign * edge_bps / 1e4)

    def edge(self, mark: float, price: float) -> float:
        """The edge that a price is, in basis points."""
        return self.sign * (1 - price / mark) * 1e4

    def equity(self, mark: float) -> float:
        """What the account would have left if everything that is left changed hands at this mark."""
        return self.cash + self.proceeds + self.worth(self.quantity_of(self.left), mark)

    def worth(self, quantity: float, price: float) -> float:
        """What so much brings into the estate at this price."""
        return quantity * (price if self.is_spot else self.sign * (price - self.entry))

    def give(self, units: int, price: float) -> None:
        """Let somebody have units at a price."""
        self.proceeds += self.worth(self.quantity_of(units), price)
        self.left -= units


Action = Callable[..., None]


class World:
    """Marks and bidders, and what happens when. A mechanism schedules actions, places units, and reads the clock."""

    def __init__(
        self, arrivals: Sequence[Arrival], crowd: Crowd, names: Sequence[str], path: str, horizon_seconds: int
    ) -> None:
        self.crowd = crowd
        self.horizon = float(horizon_seconds)
        self.now = 0.0
        self.locked = 0.0
        self._since: datetime = min(row.received_at for arrival in arrivals for row in arrival.rows)
        self._heap: list[tuple[float, int, Action, tuple[Any, ...]]] = []
        self._number = count()
        self._delays = crowd.delays()
        instruments = dict.fromkeys(row.instrument for arrival in arrivals for row in arrival.rows)
        paths = {name: path_as(path, path_of(arrivals, name), crowd.seed) for name in instruments}
        self.judges = {name: Judge(each, horizon_seconds) for name, each in paths.items()}
        self._times = {name: [self._seconds(at) for at in each.times] for name, each in paths.items()}
        self._marks = {name: [float(mark) for mark in each.marks] for name, each in paths.items()}
        self.lots = _lots(arrivals, paths, self._seconds)
        self.notional = sum(lot.quantity * lot.mark for lot in self.lots)
        self.fund = self.notional / 2
        whole = Decimal(self.notional)
        self.bidders = [
            Bidder(name, crowd, float(crowd.wealth(name, len(names), whole))) for name in crowd.present(names)
        ]

    def _seconds(self, at: datetime) -> float:
        return (at - self._since).total_seconds()

    def at(self, time: float, action: Action, *words: Any) -> None:
        """Let this happen then, after what was scheduled for the same instant before."""
        heapq.heappush(self._heap, (max(time, self.now), next(self._number), action, words))

    def soon(self, action: Action, *words: Any) -> None:
        """Let a bidder do this, late as it is."""
        self.at(self.now + self.crowd.delay(self._delays), action, *words)

    def run(self, arrive: Callable[[Parcel], None]) -> None:
        """Everything that happens, to its end."""
        for lot in self.lots:
            self.at(lot.at, arrive, lot)
        while self._heap:
            self.now, _, action, words = heapq.heappop(self._heap)
            action(*words)

    def is_over(self, lot: Parcel) -> bool:
        """Whether nobody waits for this lot any more."""
        return lot.left == 0 or self.now >= lot.at + self.horizon

    def mark(self, lot: Parcel) -> float:
        """The lot's mark in force now."""
        found = bisect_right(self._times[lot.instrument], self.now)
        return self._marks[lot.instrument][max(found - 1, 0)]

    def place(self, lot: Parcel, bidder: Bidder, units: int, edge_bps: float, mark: float | None = None) -> None:
        """The bidder takes units at an edge of the mark: of now, or of when its price became firm."""
        mark = self.mark(lot) if mark is None else mark
        price = lot.priced(mark, edge_bps)
        self.bind(bidder, lot.need(units, price), 0.0 if lot.is_spot else 1.0)
        lot.give(units, price)
        lot.edges += lot.quantity_of(units) * mark * edge_bps / 1e4
        lot.placed.append(
            Placement(
                _decimal(lot.row.quantity) * units / UNITS,
                _decimal(mark),
                _decimal(edge_bps),
                _decimal(bidder.fair(lot)),
            )
        )
        lot.placed_at = self.now - lot.at

    def bind(self, bidder: Bidder, amount: float, margin_share: float) -> None:
        """Bind capital in a position, until it is closed."""
        bidder.free -= amount
        seconds = self.crowd.recycle_seconds
        self.locked += amount * margin_share * (self.horizon if seconds is None else seconds)
        if seconds is not None:
            back = self.now + seconds
            bidder.coming.append((back, amount))
            self.at(back, self._come_back, bidder)

    def _come_back(self, bidder: Bidder) -> None:
        _, amount = bidder.coming.popleft()
        bidder.free += amount

    def hold(self, bidder: Bidder, amount: float) -> float:
        """Set capital aside for a bid; says since when."""
        bidder.free -= amount
        return self.now

    def release(self, bidder: Bidder, amount: float, since: float) -> None:
        """Give it back."""
        bidder.free += amount
        self.locked += amount * (self.now - since)

    def take_over(self, lot: Parcel, edge_bps: float) -> None:
        """The fund takes what is left, for its edge."""
        mark = self.mark(lot)
        quantity = lot.quantity_of(lot.left)
        later = float(self._at_horizon(lot))
        lot.fund_result = quantity * mark * edge_bps / 1e4 + quantity * lot.sign * (later - mark)
        lot.give(lot.left, lot.priced(mark, edge_bps))

    def _at_horizon(self, lot: Parcel) -> Decimal:
        return self.judges[lot.instrument].at_horizon(lot.row.received_at, lot.intake)

    def outcome(self) -> Measured:
        """What everybody behind the lots lost, once everything has happened."""
        owners = debts = 0.0
        for lot in self.lots:
            equity = lot.equity(float(self._at_horizon(lot)))
            owners += max(equity, 0.0)
            debts += max(-equity, 0.0)
        borne = min(debts, self.fund)
        results = sum(lot.fund_result for lot in self.lots if lot.fund_result is not None)
        return outcome_of(
            [self._sold(lot) for lot in self.lots],
            Borne(
                bad_debt={"fund": _decimal(borne), "losses": _decimal(debts - borne)},
                fund_result=_decimal(results - borne),
                to_owners=_decimal(owners),
                capital_locked=_decimal(self.locked / max(self.now, 1.0)),
            ),
        )

    def _sold(self, lot: Parcel) -> Sold:
        judge, since = self.judges[lot.instrument], lot.row.received_at
        return Sold(
            sign=lot.sign,
            quantity=_decimal(lot.row.quantity),
            mark=lot.intake,
            placed=tuple(lot.placed),
            horizon_mark=judge.at_horizon(since, lot.intake),
            worst_mark=judge.worst(since, lot.intake, lot.sign),
            seconds=lot.placed_at,
        )


def _lots(arrivals: Sequence[Arrival], paths: Mapping[str, Path], seconds: Callable[[datetime], float]) -> list[Parcel]:
    """Each row is sold by itself, at the path's mark of its place in the file; cash is shared out by value."""
    places: dict[str, int] = dict.fromkeys(paths, 0)
    lots = []
    for arrival in arrivals:
        whole = float(sum(row.value for row in arrival.rows))
        for row in arrival.rows:
            mark = paths[row.instrument].marks[places[row.instrument]]
            places[row.instrument] += 1
            scale = mark / row.mark_price
            lots.append(
                Parcel(
                    reference=row.reference,
                    instrument=row.instrument,
                    sign=1 if row.side == LONG else -1,
                    is_spot=row.kind == InstrumentKind.SPOT,
                    quantity=float(row.quantity),
                    mark=float(mark),
                    cash=float(arrival.cash) * float(row.value * scale) / whole,
                    entry=float((row.entry_price or row.mark_price) * scale),
                    at=seconds(row.received_at),
                    row=row,
                    intake=mark,
                )
            )
    return lots


def _decimal(amount: float | Decimal) -> Decimal:
    return amount if isinstance(amount, Decimal) else Decimal(amount).quantize(AMOUNT)
