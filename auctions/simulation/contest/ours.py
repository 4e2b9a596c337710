"""Our own waterfall in the world of `compare`: the real rules decide, under the parameters of a preset."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from auctions.lifecycle import StepKind
from auctions.rules.budgets import Budget, reserve_edge
from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, clear, is_contested, reserve_by_competition
from auctions.rules.waterfall import Progress, has_time, next_round_at, next_step
from auctions.simulation.contest.clocks import Clock
from auctions.simulation.contest.world import Bidder, Parcel, World
from backstop.values.bps import floor_edge

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

DRIFT_BUFFER = 1.03  # what a bid holds above the marks of now


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The parameters of a playbook that matter here, by their names there."""

    assign: bool = False
    assign_cap_bps: int = 200
    sealed_seconds: int = 60
    max_reopenings: int = 1
    reopening_seconds: int = 30
    sealed_reserve_bps: int = 350
    dutch_cap_bps: int = 500
    dutch_seconds: int = 1200
    dutch_rise_bps: float | None = 0.5
    ramp_seconds: int = 1200
    uncontested_caps_bps: tuple[int, ...] = (150, 250)
    min_groups: int = 2
    cover_percent: int = 100
    retry_seconds: int = 60
    max_waterfall_seconds: int = 10_800
    fund_edge_bps: int = 500

    def uncontested_cap(self, round: int) -> Decimal:
        """The cap without competition in this round."""
        caps = self.uncontested_caps_bps
        return Decimal(caps[min(round, len(caps)) - 1])


PATIENT = Preset()

FAST = Preset(
    assign=True,
    sealed_seconds=30,
    reopening_seconds=15,
    dutch_seconds=60,
    dutch_rise_bps=None,
    ramp_seconds=45,
    retry_seconds=30,
    max_waterfall_seconds=1800,
)


@dataclass
class Ours:
    """Lots go through rounds of SEALED and DUTCH while there is time, and then to the fund."""

    world: World
    preset: Preset = PATIENT

    def arrive(self, lot: Parcel) -> None:
        Waterfall(self.world, lot, self.preset).start()


@dataclass
class Rise:
    """The edge of a DUTCH auction; `cap` may rise while it runs, once it is found to be contested."""

    began_at: float
    cap: float
    rate: float

    def edge(self, now: float) -> float:
        return min((now - self.began_at) * self.rate, self.cap)

    def look_at(self, ask: float, now: float) -> float:
        due = self.began_at + ask / self.rate
        return due if due > now else now + 15.0  # it is above the cap, which may rise


@dataclass
class SealedBid:
    """A bid under way, with what it holds."""

    bidder: Bidder
    bid: ClearingBid
    held: float
    since: float


@dataclass
class Waterfall:
    """One lot's way."""

    world: World
    lot: Parcel
    preset: Preset
    round: int = 1
    dutch_steps: int = 0
    bids: list[SealedBid] = field(default_factory=list)
    _closed: bool = True
    _passes: int = 0

    def start(self) -> None:
        if self.preset.assign:
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
        self._award(offers, self._reserve(Decimal(self.preset.assign_cap_bps)))

    def _reserve(self, cap_bps: Decimal) -> Decimal:
        """The step's cap, or what the lot can afford at the marks in force."""
        mark = self.world.mark(self.lot)
        notional = Decimal(self.lot.quantity_of(self.lot.left) * mark)
        own = Decimal(max(self.lot.equity(mark), 0.0))
        return reserve_edge(cap_bps, Budget(equity=own, in_estate=own, fund=Decimal(0)), notional)

    def _open_sealed(self) -> None:
        if not self.lot.left:
            return
        self._passes, self._closed, self.bids = 1, False, []
        self._invite()
        self.world.at(self.world.now + self.preset.sealed_seconds, self._close_sealed)

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
        reserve = self._reserve(Decimal(self.preset.sealed_reserve_bps))
        bids = [each.bid for each in self.bids]
        preset, units = self.preset, self.lot.left
        judged = is_contested(bids, units, reserve, preset.min_groups, preset.cover_percent)
        if not judged and self._passes <= preset.max_reopenings:
            self._passes += 1
            self._invite()
            self.world.at(self.world.now + preset.reopening_seconds, self._close_sealed)
            return
        self._closed = True
        for each in self.bids:
            self.world.release(each.bidder, each.held, each.since)
        reserve, contested = reserve_by_competition(
            bids, units, reserve, preset.min_groups, preset.cover_percent, preset.uncontested_cap(self.round)
        )
        self._award(bids, reserve)
        if self.lot.left:
            self._open_dutch(contested)

    def _award(self, bids: list[ClearingBid], reserve: Decimal) -> None:
        if not bids:
            return
        terms = ClearingTerms(Format.UNIFORM, self.lot.left, reserve)
        by_name = {bidder.name: bidder for bidder in self.world.bidders}
        for award in clear(terms, bids).awards:
            self.world.place(self.lot, by_name[award.provider], award.units, float(award.edge_bps))

    def _open_dutch(self, contested: bool) -> None:
        preset = self.preset
        self.dutch_steps += 1
        top = float(self._reserve(Decimal(preset.dutch_cap_bps)))
        cap = top if contested else min(top, float(preset.uncontested_cap(self.round)))
        rate = top / preset.ramp_seconds if preset.dutch_rise_bps is None else preset.dutch_rise_bps
        rise = Rise(self.world.now, cap, max(rate, 1e-6))
        clock = Clock(self.world, self.lot, rise, self.world.now + preset.dutch_seconds, self._end_round)
        clock.start()
        if not contested:
            self.world.at(self.world.now + preset.dutch_seconds / 4, self._judge, clock, rise, top)

    def _judge(self, clock: Clock, rise: Rise, top: float) -> None:
        """Whether those who are there with capital, or have taken, make it contested."""
        if not self.lot.left:
            return
        price = self.world.mark(self.lot) * DRIFT_BUFFER
        ready = [
            _bid(bidder, number, units, Decimal(0), 1)
            for number, bidder in enumerate(self.world.bidders)
            if (units := max(bidder.units(self.lot, price), clock.takers.get(bidder.name, 0)))
            and bidder.ask(self.lot) <= top
        ]
        if is_contested(ready, self.lot.left, None, self.preset.min_groups, self.preset.cover_percent):
            rise.cap = top

    def _end_round(self) -> None:
        if not self.lot.left:
            return
        now = EPOCH + timedelta(seconds=self.world.now)
        ends_at = EPOCH + timedelta(seconds=self.lot.at + self.preset.max_waterfall_seconds)
        opens_at = next_round_at(now, self.preset.retry_seconds)
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
            caps = Decimal(min(self.preset.fund_edge_bps, self.preset.dutch_cap_bps))
            self.world.take_over(self.lot, float(self._reserve(caps)))


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
