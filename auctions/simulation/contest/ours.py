"""Our own waterfall in the world of `compare`: the real rules decide, under the parameters of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from auctions.lifecycle import StepKind
from auctions.rules import continuation
from auctions.rules.budgets import Budget, reserve_edge
from auctions.rules.clearing import (
    ClearingBid,
    ClearingTerms,
    Format,
    Outcome,
    cap_of_round,
    clear,
    is_contested,
    reserve_by_competition,
)
from auctions.rules.presets import LINE_TO_CAP, PRESETS, Preset
from auctions.rules.waterfall import Progress, has_time, next_round_at, next_step
from auctions.simulation.contest.clocks import Clock
from auctions.simulation.contest.world import Bidder, Parcel, World
from backstop.values.bps import floor_edge

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

DRIFT_BUFFER = 1.03  # what a bid holds above the marks of now


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The parameters of a playbook that matter here, by their names there. Those that presets leave to the venue have
    defaults, the fund's among them: the peers too pay what an account has not."""

    assign: str
    assign_cap_bps: int = 200
    sealed_seconds: int
    max_reopenings: int
    reopening_seconds: int
    sealed_reserve_bps: int = 350
    dutch_cap_bps: int = 500
    dutch_seconds: int
    dutch_rise_bps: Decimal | None
    dutch_curve: Mapping[str, Any] = field(default_factory=lambda: LINE_TO_CAP)
    uncontested_caps_bps: tuple[int, ...] = (150, 250)
    min_groups: int = 2
    cover_percent: int = 100
    retry_seconds: int
    max_waterfall_seconds: int
    fund_edge_bps: int = 500
    fund_draw_limit: Decimal = Decimal(10_000)

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Course":
        """Those of a preset, or of another choice of a playbook's parameters."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in parameters.items() if name in names})

    @property
    def assigns_first(self) -> bool:
        """Whether commitments take before anybody is asked. No market is stressed here."""
        return self.assign == "FIRST"

    def uncontested_cap(self, round: int) -> Decimal:
        """The cap without competition in this round."""
        return cap_of_round([Decimal(cap) for cap in self.uncontested_caps_bps], round)

    def rise(self, top: float) -> float:
        """By how much the edge rises in a second, up to the top."""
        if self.dutch_rise_bps is not None:
            return float(self.dutch_rise_bps)
        return top / float(self.dutch_curve["ramp_seconds"])


PATIENT, FAST = (Course.of(PRESETS[preset]) for preset in (Preset.PATIENT, Preset.FAST))


@dataclass
class Ours:
    """Lots go through rounds of SEALED and DUTCH while there is time, and then to the fund."""

    world: World
    course: Course = PATIENT
    continuation: dict[str, Decimal] = field(default_factory=dict)

    def arrive(self, lot: Parcel) -> None:
        self.continuation.setdefault(lot.instrument, Decimal(self.course.sealed_reserve_bps))
        Waterfall(self, self.world, lot, self.course).start()

    def follow(self, lot: Parcel, clock: Clock) -> None:
        """Let the continuation edge follow what takers bought at in a DUTCH auction."""
        taken = [
            [continuation.EdgePaid(Decimal(each.notional), floor_edge(Decimal(each.edge_bps))) for each in takes]
            for takes in clock.takers.values()
        ]
        edge, reserve = self.continuation[lot.instrument], Decimal(self.course.sealed_reserve_bps)
        self.continuation[lot.instrument] = continuation.moved(edge, taken, reserve)


@dataclass
class Rise:
    """The edge of a DUTCH auction; `cap` may rise while it runs, once it is found to be contested."""

    began_at: float
    cap: float
    rate: float

    def reaches(self, ask: float) -> float:
        """When it is there, if its cap is not below."""
        return self.began_at + ask / self.rate

    def edge(self, now: float) -> float:
        return min((now - self.began_at) * self.rate, self.cap)

    def look_at(self, ask: float, now: float) -> float:
        due = self.reaches(ask)
        return due if due > now else now + 15.0  # it is above the cap, which may rise


@dataclass
class SealedBid:
    """A bid under way, with what it holds."""

    bidder: Bidder
    bid: ClearingBid
    held: float
    since: float


@dataclass
class FirmBid:
    """Units of a bid that were cut back: firm and held for until the next DUTCH auction ends."""

    bidder: Bidder
    units: int
    ask: float
    held: float
    since: float
    lapsed: bool = False


@dataclass
class Waterfall:
    """One lot's way."""

    ours: Ours
    world: World
    lot: Parcel
    course: Course
    round: int = 1
    dutch_steps: int = 0
    bids: list[SealedBid] = field(default_factory=list)
    _closed: bool = True
    _passes: int = 0
    _continuation: Decimal = Decimal(0)

    def start(self) -> None:
        if self.course.assigns_first:
            self._assign()
        self._open_sealed()

    def _assign(self) -> None:
        """Commitments take at once, at one price; they ask without having seen the book."""
        offers = []
        for number, bidder in enumerate(self.world.bidders):
            units = bidder.units(self.lot, self.world.mark(self.lot))
            ask = self.world.crowd.standing_edge(number)
            if units and ask is not None:
                offers.append(_bid(bidder, number, units, ask, 1))
        self._award(offers, self._reserve(Decimal(self.course.assign_cap_bps)))

    def _reserve(self, cap_bps: Decimal, fund: Decimal | None = None) -> Decimal:
        """The step's cap, or what the lot can afford at the marks in force, with so much of the fund (None: what the
        draw limit leaves)."""
        mark = self.world.mark(self.lot)
        notional = Decimal(self.lot.quantity_of(self.lot.left) * mark)
        equity = self.lot.equity(mark)
        own = Decimal(max(equity, 0.0))
        if fund is None:
            drawn = min(self.lot.edges, max(-equity, 0.0))
            fund = max(self.course.fund_draw_limit - Decimal(drawn), Decimal(0))
        return reserve_edge(cap_bps, Budget(equity=own, in_estate=own, fund=fund), notional)

    def _open_sealed(self) -> None:
        if not self.lot.left:
            return
        self._passes, self._closed, self.bids = 1, False, []
        self._continuation = self.ours.continuation[self.lot.instrument]
        self._invite()
        self.world.at(self.world.now + self.course.sealed_seconds, self._close_sealed)

    def _invite(self) -> None:
        known = {each.bidder.name for each in self.bids}
        for bidder in self.world.bidders:
            if bidder.name not in known and not bidder.waits:
                self.world.soon(self._bid, bidder, self._passes)

    def _bid(self, bidder: Bidder, window: int) -> None:
        if self._closed or window != self._passes or any(each.bidder is bidder for each in self.bids):
            return
        price = self.world.mark(self.lot) * DRIFT_BUFFER
        units = bidder.units(self.lot, price)
        if units:
            held = self.lot.need(units, price)
            ask = Decimal(bidder.ask(self.lot))
            bid = _bid(bidder, len(self.bids), units, ask, window)
            self.bids.append(SealedBid(bidder, bid, held, self.world.hold(bidder, held)))

    def _close_sealed(self) -> None:
        reserve = self._reserve(Decimal(self.course.sealed_reserve_bps))
        bids = [each.bid for each in self.bids]
        course, units = self.course, self.lot.left
        judged = is_contested(bids, units, reserve, course.min_groups, course.cover_percent)
        if not judged and self._passes <= course.max_reopenings:
            self._passes += 1
            self._invite()
            self.world.at(self.world.now + course.reopening_seconds, self._close_sealed)
            return
        self._closed = True
        for each in self.bids:
            self.world.release(each.bidder, each.held, each.since)
        reserve, contested = reserve_by_competition(
            bids, units, reserve, course.min_groups, course.cover_percent, course.uncontested_cap(self.round)
        )
        outcome = self._award(bids, reserve, self._continuation)
        if self.lot.left:
            self._open_dutch(contested, outcome)

    def _award(
        self, bids: list[ClearingBid], reserve: Decimal, continuation_edge_bps: Decimal | None = None
    ) -> Outcome:
        terms = ClearingTerms(Format.UNIFORM, self.lot.left, reserve, continuation_edge_bps=continuation_edge_bps)
        outcome = clear(terms, bids)
        by_name = {bidder.name: bidder for bidder in self.world.bidders}
        for award in outcome.awards:
            self.world.place(self.lot, by_name[award.provider], award.units, float(award.edge_bps))
        return outcome

    def _open_dutch(self, contested: bool, sealed: Outcome) -> None:
        course = self.course
        self.dutch_steps += 1
        top = float(self._reserve(Decimal(course.dutch_cap_bps)))
        if sealed.filling_edge_bps is not None:
            top = min(top, float(sealed.filling_edge_bps))
        cap = top if contested else min(top, float(course.uncontested_cap(self.round)))
        rise = Rise(self.world.now, cap, max(course.rise(top), 1e-6))
        cut = self._firm(sealed)
        clock = Clock(self.world, self.lot, rise, self.world.now + course.dutch_seconds)
        clock.ended = lambda: self._end_dutch(clock, cut)
        for each in cut:
            self.world.at(rise.reaches(each.ask), self._take_cut, clock, each)
        clock.start()
        if not contested:
            self.world.at(self.world.now + course.dutch_seconds / 4, self._judge, clock, rise, top)

    def _firm(self, sealed: Outcome) -> list[FirmBid]:
        """The bids that were cut, by edge, held for anew where that fits."""
        firm = []
        for each in sorted(self.bids, key=lambda each: (each.bid.edge_bps, each.bid.precedence)):
            units = sealed.cut.get(each.bid.id, 0)
            held = self.lot.need(units, self.world.mark(self.lot) * DRIFT_BUFFER)
            if units and held <= each.bidder.free:
                since = self.world.hold(each.bidder, held)
                firm.append(FirmBid(each.bidder, units, float(each.bid.edge_bps), held, since))
        return firm

    def _take_cut(self, clock: Clock, cut: FirmBid) -> None:
        """The clock is at the edge of a bid that was cut: it takes by itself."""
        if not clock.is_over and clock.offer.edge(self.world.now) >= cut.ask - 1e-9:
            self._lapse(cut)
            clock.give(cut.bidder, min(cut.units, self.lot.left))

    def _lapse(self, cut: FirmBid) -> None:
        if not cut.lapsed:
            cut.lapsed = True
            self.world.release(cut.bidder, cut.held, cut.since)

    def _end_dutch(self, clock: Clock, cut: list[FirmBid]) -> None:
        for each in cut:
            self._lapse(each)
        self.ours.follow(self.lot, clock)
        self._end_round()

    def _judge(self, clock: Clock, rise: Rise, top: float) -> None:
        """Whether those who are there with capital, or have taken, make it contested."""
        if not self.lot.left:
            return
        price = self.world.mark(self.lot) * DRIFT_BUFFER
        ready = [
            _bid(bidder, number, units, Decimal(0), 1)
            for number, bidder in enumerate(self.world.bidders)
            if (units := max(bidder.units(self.lot, price), clock.units_of(bidder))) and bidder.ask(self.lot) <= top
        ]
        if is_contested(ready, self.lot.left, None, self.course.min_groups, self.course.cover_percent):
            rise.cap = top

    def _end_round(self) -> None:
        if not self.lot.left:
            return
        now = EPOCH + timedelta(seconds=self.world.now)
        ends_at = EPOCH + timedelta(seconds=self.lot.at + self.course.max_waterfall_seconds)
        opens_at = next_round_at(now, self.course.retry_seconds)
        progress = Progress(
            kind=StepKind.DUTCH,
            round=self.round,
            dutch_steps=self.dutch_steps,
            has_time=has_time(opens_at, ends_at),
        )
        if next_step(progress) == StepKind.SEALED:
            self.round += 1
            self.world.at((opens_at - EPOCH).total_seconds(), self._open_sealed)
        else:
            caps = Decimal(min(self.course.fund_edge_bps, self.course.dutch_cap_bps))
            self.world.take_over(self.lot, float(self._reserve(caps, fund=Decimal(0))))


def _bid(bidder: Bidder, number: int, units: int, ask: Decimal, window: int) -> ClearingBid:
    return ClearingBid(
        id=f"{bidder.name}-{number}",
        provider=bidder.name,
        group=bidder.name,
        units=units,
        edge_bps=floor_edge(ask),
        sequence=number,
        round=window,
    )
