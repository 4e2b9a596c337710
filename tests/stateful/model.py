"""What the market should have done, worked out by other means: on paper, in fractions, from what was asked of it.

A lot is 2 BTC in 10 units, margin is 10 %, and marks may drift by 3 %. Nobody's bids are read from the database before
the close: the model knows them because it saw them placed.
"""

import itertools
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from auctions.models import Auction, Award, Lot, Wish

UNITS = 10
QUANTITY = 2
MARGIN = Fraction(1, 10)
STEP = Fraction(1, 1000)
BUFFER = Fraction(103, 100)
WAIT_BUFFER = Fraction(110, 100)
MAX_DRIFT = Fraction(3, 100)
WAIT_DRIFT = Fraction(10, 100)
MIN_GROUPS = 2
UNCONTESTED_CAP = 150
MAX_RESTARTS = 1
NO_OPENING, NO_RESTART, NO_BIDS = 1, 2, 3
TIMES = {
    "mark_max_age_seconds": 60,
    "sealed_seconds": 30,
    "reopening_seconds": 15,
    "dutch_seconds": 60,
    "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 45},
    "confirm_seconds": 40,
    "retry_seconds": 20,
    "max_halt_seconds": 120,
    "max_waterfall_seconds": 900,
    "reconfirm_after_seconds": 30,
    "reconfirm_seconds": 15,
}


@dataclass
class Offer:
    """A bid as it was sent, and what became of it."""

    provider: str
    auction_id: object
    name: str
    units: int
    edge: Decimal
    max_units: int
    max_pay: Decimal
    round: int
    held: Decimal
    placed_at: datetime
    expires_at: datetime | None = None
    bid_id: object = None
    state: str = "LIVE"
    must_reconfirm: bool = False

    @property
    def terms(self):
        return self.auction_id, self.name, self.units, self.edge, self.max_units, self.max_pay

    def is_over_before(self, moment: datetime) -> bool:
        return self.expires_at is not None and self.expires_at < moment


@dataclass
class Word:
    """What somebody stands ready for, at the price in force then, and what of that is left."""

    provider: str
    auction_id: object
    name: str
    units: int
    price: Fraction
    readiness_id: object = None
    state: str = "LIVE"
    must_reconfirm: bool = False

    @property
    def held(self) -> Decimal:
        """It names no price, and holds what a bid does that pays nothing."""
        return held_for(self.price, self.units, Decimal(0), WAIT_BUFFER) if self.state == "LIVE" else Decimal(0)

    @property
    def counts(self) -> bool:
        return not self.must_reconfirm

    def stands_at(self, price: Fraction) -> bool:
        return self.counts and abs(price - self.price) <= WAIT_DRIFT * self.price

    def use(self, units: int) -> int:
        """Count as many of these units as it has against it; how many."""
        used = min(units, self.units)
        self.units -= used
        if not self.units:
            self.state = "ENDED"
        return used


def rounded_up(amount: Fraction, digits: int = 6) -> Fraction:
    return Fraction(math.ceil(amount * 10**digits), 10**digits)


def rounded_down(amount: Fraction, digits: int = 4) -> Fraction:
    return Fraction(math.floor(amount * 10**digits), 10**digits)


def held_for(price: Fraction, max_units: int, max_pay: Decimal, buffer: Fraction = BUFFER) -> Decimal:
    """What a bid holds where the auction opened at this price."""
    notional = QUANTITY * price
    unit = rounded_up(notional * MARGIN * buffer / UNITS)
    exposure = rounded_up(notional * buffer / UNITS)
    base = rounded_up(STEP * price * (1 + MARGIN) * buffer)
    held = rounded_up(base + max_units * (unit + exposure * Fraction(max_pay) / 10000))
    return Decimal(held.numerator) / Decimal(held.denominator)


def margin_of(units: int, price: Fraction) -> Fraction:
    """What so many units post when they are taken."""
    return rounded_up(Fraction(QUANTITY, UNITS) * units * price * MARGIN)


def opened_at_price(auction: Auction) -> Fraction:
    (price,) = auction.marks.values()
    return Fraction(price)


def drifted(auction: Auction, price: Fraction) -> bool:
    opened = opened_at_price(auction)
    return abs(price - opened) > MAX_DRIFT * opened


def affordable(lot: Lot, units: int, price: Fraction) -> Fraction:
    """The highest edge that the lot's budget pays on so many units: of its own, what its book has not lost by now."""
    notional = rounded_up(Fraction(QUANTITY, UNITS) * units * price)
    own = min(Fraction(lot.equity_budget), rounded_down(max(equity_at(lot, units, price), Fraction(0)), 6))
    return rounded_down((own + fund_part(lot)) * 10000 / notional)


def fund_part(lot: Lot) -> Fraction:
    """What the fund pays of what is wished for the lot: while it is free, and within the limit for a book."""
    wish = Wish.objects.filter(lot=lot).first()
    if wish is None:
        return Fraction(0)
    standing = Award.objects.filter(step__lot__book=lot.book_id).exclude(settlement__state__in=["REJECTED", "EXPIRED"])
    used = sum(map(Fraction, standing.values_list("fund_part", flat=True)))
    room = Fraction(lot.book.playbook.fund_draw_limit) - used
    return max(min(Fraction(wish.amount), Fraction(wish.fund.free), room), Fraction(0))


def equity_at(lot: Lot, units: int, price: Fraction) -> Fraction:
    """What is left of the book's equity, with so many units free: a long of one instrument in one lot."""
    unit, intake = Fraction(QUANTITY, UNITS), Fraction(lot.positions.get().mark_price)
    equity = Fraction(lot.book.equity) + unit * units * (price - intake)
    for award in Award.objects.filter(step__lot=lot).exclude(settlement__state__in=["REJECTED", "EXPIRED"]):
        (mark,) = map(Fraction, award.marks.values())
        equity += unit * award.units * (mark - intake - mark * Fraction(award.edge_bps) / 10000)
    return equity


def competing(offers: list[Offer], reserve: Fraction) -> bool:
    """Whether two groups bid, and the whole lot is covered without the larger one. Each provider is its own group."""
    offered: dict[str, int] = {}
    for offer in offers:
        if offer.edge <= reserve:
            offered[offer.provider] = min(offered.get(offer.provider, 0) + offer.units, UNITS)
    return len(offered) >= MIN_GROUPS and sum(offered.values()) - max(offered.values()) >= UNITS


def competes(acted, left: int) -> bool:
    """Whether two providers are ready or have taken, and without the larger one all that is left is covered."""
    offered: dict[object, int] = {}
    for provider, units in acted:
        offered[provider] = min(offered.get(provider, 0) + units, left)
    return len(offered) >= MIN_GROUPS and sum(offered.values()) - max(offered.values()) >= left


def runs_for(auction: Auction, now) -> Fraction:
    """For how many seconds its price clock has run."""
    return Fraction((now - auction.opens_at) // timedelta(microseconds=1), 10**6) - Fraction(auction.halted_seconds)


def clock_edge(auction: Auction, now, cap: Fraction) -> Fraction:
    """The edge that a Dutch auction pays at this instant, on a straight line between its knots."""
    elapsed = runs_for(auction, now)
    knots = [(Fraction(seconds), Fraction(edge)) for seconds, edge in auction.curve["knots"]]
    edge = knots[-1][1]
    for (start, low), (end, high) in itertools.pairwise(knots):
        if start <= elapsed < end:
            edge = low + (high - low) * (elapsed - start) / (end - start)
            break
    return rounded_down(min(edge, cap))
