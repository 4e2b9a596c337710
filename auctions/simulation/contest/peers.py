"""How others sell: each mechanism as its documents and contracts say, as far as a lot's price and time go.

Fees, keepers' rewards and limits on what is auctioned at once are left out of all of them.
"""

import math
from dataclasses import dataclass, field

from auctions.simulation.contest.clocks import Clock
from auctions.simulation.contest.world import Bidder, Parcel, World

NEVER = math.inf


@dataclass
class Flip:
    """Maker's Liquidations 1.2: an English auction of the whole lot. It ends ten minutes after the last bid. The winner
    pays the second price, not raised to the next step; who is alone pays nothing."""

    world: World
    TTL_SECONDS = 600.0

    def arrive(self, lot: Parcel) -> None:
        English(self.world, lot).start()


@dataclass
class English:
    """One lot of `Flip`: who stands highest, what it would have to pay, and until when."""

    world: World
    lot: Parcel
    standing: Bidder | None = None
    value: float = 0.0
    second: float | None = None
    mark: float = 0.0
    since: float = 0.0
    ends_at: float = NEVER
    _held: float = 0.0

    def start(self) -> None:
        for bidder in self.world.bidders:
            early = 0.0 if not bidder.waits else 0.9 * Flip.TTL_SECONDS
            self.world.at(self.world.now + early, self.world.soon, self._bid, bidder)

    def _bid(self, bidder: Bidder) -> None:
        now = self.world.now
        if now >= self.ends_at or self.world.is_over(self.lot):
            return
        mark = self.world.mark(self.lot)
        value = self.lot.priced(mark, bidder.ask(self.lot))
        need = self.lot.need(self.lot.left, value)
        if need > bidder.free:
            if bidder.coming:
                self.world.at(max(bidder.coming[0][0], now + 1.0), self.world.soon, self._bid, bidder)
            return
        better = self.standing is None or self.lot.sign * (value - self.value) > 0
        if not better:
            self._raise_to(value)
            return
        if self.standing is not None:
            self.world.release(self.standing, self._held, self.since)
            self._raise_to(self.value)
        self.standing, self.value, self.mark = bidder, value, mark
        self._held, self.since = need, self.world.hold(bidder, need)
        self._prolong()

    def _raise_to(self, value: float) -> None:
        """Somebody else would have gone so far."""
        if self.second is None or self.lot.sign * (value - self.second) > 0:
            self.second = value
            self._prolong()

    def _prolong(self) -> None:
        self.ends_at = self.world.now + Flip.TTL_SECONDS
        self.world.at(self.ends_at, self._end, self.ends_at)

    def _end(self, ends_at: float) -> None:
        if ends_at != self.ends_at or self.standing is None or not self.lot.left:
            return
        self.world.release(self.standing, self._held, self.since)
        nothing = 1e4 if self.second is None else self.lot.edge(self.mark, self.second)
        self.world.place(self.lot, self.standing, self.lot.left, nothing, self.mark)


@dataclass
class Stairs:
    """A price that starts above the mark of the opening and falls by steps, whatever the mark does meanwhile."""

    world: World
    lot: Parcel
    top: float
    began_at: float

    STEP_SECONDS, CUT = 90.0, 0.99

    def price(self, now: float) -> float:
        fallen = self.CUT ** ((now - self.began_at) // self.STEP_SECONDS)
        return self.top * (fallen if self.lot.sign > 0 else 1 / fallen)

    def edge(self, now: float) -> float:
        return self.lot.edge(self.world.mark(self.lot), self.price(now))

    def look_at(self, ask: float, now: float) -> float:
        steps = (now - self.began_at) // self.STEP_SECONDS + 1
        return self.began_at + steps * self.STEP_SECONDS


@dataclass
class Clip:
    """Maker's Liquidations 2.0: a Dutch auction from 1.3 x the mark, 1 % less every 90 seconds, in parts; begun anew at
    the mark after 8,400 seconds or at 40 % of its start (ETH-A as it was proposed in 2021)."""

    world: World

    BUF, TAIL_SECONDS, CUSP = 1.3, 8400.0, 0.4

    def arrive(self, lot: Parcel) -> None:
        self._kick(lot)

    def _kick(self, lot: Parcel) -> None:
        if self.world.is_over(lot):
            return
        factor = self.BUF if lot.sign > 0 else 1 / self.BUF
        now = self.world.now
        stairs = Stairs(self.world, lot, self.world.mark(lot) * factor, now)
        steps = math.floor(math.log(self.CUSP) / math.log(Stairs.CUT)) + 1
        ends_at = min(now + self.TAIL_SECONDS, now + steps * Stairs.STEP_SECONDS, lot.at + self.world.horizon)
        Clock(self.world, lot, stairs, ends_at, lambda: self._kick(lot)).start()


@dataclass
class Blocks:
    """All that is asked is fixed at the opening: for 200 blocks more and more is given for it, then less and less is
    asked."""

    world: World
    lot: Parcel
    mark: float
    began_at: float

    BLOCK_SECONDS, PHASE = 5.0, 200

    def price(self, now: float) -> float:
        block = (now - self.began_at) // self.BLOCK_SECONDS
        share = self.PHASE / max(block, 1) if block <= self.PHASE else max(2 - block / self.PHASE, 0.0)
        return self.mark * share if self.lot.sign > 0 else self.mark * (2 - share)

    def edge(self, now: float) -> float:
        return self.lot.edge(self.world.mark(self.lot), self.price(now))

    def look_at(self, ask: float, now: float) -> float:
        """At the block at which the price will do at today's mark, in a minute at the latest."""
        block = (now - self.began_at) // self.BLOCK_SECONDS
        far = self.edge(now) < -1000
        return self.began_at + (block + (12 if far else 1)) * self.BLOCK_SECONDS


@dataclass
class Blend:
    """Blend's auctions: 200 blocks in which the lot grows to the whole, then 200 in which the bid falls to nothing."""

    world: World

    def arrive(self, lot: Parcel) -> None:
        blocks = Blocks(self.world, lot, self.world.mark(lot), self.world.now)
        Clock(self.world, lot, blocks, lot.at + self.world.horizon).start()


@dataclass
class Discount:
    """A book for its equity less a discount, then for less than nothing."""

    world: World
    lot: Parcel
    began_at: float
    insolvent_at: float = field(default=NEVER)

    FAST_SECONDS, FAST_SHARE = 600.0, 0.2
    SLOW_SECONDS = 7200.0
    INSOLVENT_SECONDS, INSOLVENT_BPS = 500.0, 1200.0
    LOOK_SECONDS = 5.0

    def edge(self, now: float) -> float:
        mark = self.world.mark(self.lot)
        notional = self.lot.quantity_of(self.lot.left) * mark
        own = max(self.lot.equity(mark), 0.0) / notional * 1e4 if notional else 0.0
        since = now - self.began_at
        if since <= self.FAST_SECONDS:
            share = self.FAST_SHARE * since / self.FAST_SECONDS
        else:
            share = self.FAST_SHARE + (1 - self.FAST_SHARE) * (since - self.FAST_SECONDS) / self.SLOW_SECONDS
        if own > 0 and share < 1:
            self.insolvent_at = NEVER
            return own * share
        self.insolvent_at = min(self.insolvent_at, now)
        return own + self.INSOLVENT_BPS * min((now - self.insolvent_at) / self.INSOLVENT_SECONDS, 1.0)

    def look_at(self, ask: float, now: float) -> float:
        return now + self.LOOK_SECONDS * (1 if now - self.began_at < self.FAST_SECONDS else 6)


@dataclass
class Derive:
    """Derive's auctions: from the whole equity to 80 % of it in ten minutes and to nothing in two hours more; then, or
    where there is none, up to 1.2 x a margin of 10 % is paid on top, in 100 steps of five seconds."""

    world: World

    def arrive(self, lot: Parcel) -> None:
        Clock(self.world, lot, Discount(self.world, lot, self.world.now), lot.at + self.world.horizon).start()
