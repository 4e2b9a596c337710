"""Pictures of the board: places in whole units of a drawing, ready to be written as SVG."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from auctions.desks.statements import SoldLot
from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Lot
from auctions.rules.curves import POINTS, trace
from backstop.admin.cells import plain

WIDTH = 1000
HEIGHT = 200
OPEN = "open"


@dataclass(frozen=True, slots=True)
class LotPart:
    """What of a lot went at one kind of step, or is still `OPEN`: from `x` on, so wide."""

    kind: str
    units: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class LotBar:
    """A lot, from left to right as the waterfall takes it."""

    lot: int
    units: int
    pieces: tuple[LotPart, ...]


@dataclass(frozen=True, slots=True)
class CurveLine:
    """A Dutch auction's edge over its window; where its price clock stands now is `(x, y)`, with the edge in words."""

    label: str
    points: str
    x: int
    y: int
    edge_bps: str
    highest_bps: str
    seconds: int


def bars_of(lots: Iterable[SoldLot]) -> list[LotBar]:
    """Who has what of each lot; what failed is open again."""
    return [_bar(lot) for lot in lots]


def parts_of_book(lots: Iterable[Lot]) -> tuple[LotPart, ...]:
    """What of a book went at which kind of step that has ended, by notional; `units` are percent of it."""
    lots = list(lots)
    shares = dict.fromkeys([kind.value for kind in StepKind], 0.0)
    whole = sum(float(lot.notional) for lot in lots)
    for lot in lots:
        for step in lot.steps.all():
            shares[step.kind] += float(lot.notional) / whole * step.units_placed / lot.units
    shares[OPEN] = max(1.0 - sum(shares.values()), 0.0)
    return _parts({kind: round(100 * share) for kind, share in shares.items()}, 100)


def _bar(sold: SoldLot) -> LotBar:
    units = dict.fromkeys([kind.value for kind in StepKind], 0)
    for each in sold.steps:
        units[each.step.kind] += sum(sale.award.units for sale in each.sales if sale.stands)
    units[OPEN] = sold.lot.units - sum(units.values())
    return LotBar(sold.lot.ordinal, sold.lot.units, _parts(units, sold.lot.units))


def _parts(units: Mapping[str, int], whole: int) -> tuple[LotPart, ...]:
    parts, before = [], 0
    for kind, count in units.items():
        start, end = (WIDTH * place // whole for place in (before, before + count))
        if count:
            parts.append(LotPart(kind, count, start, end - start))
        before += count
    return tuple(parts)


def line_of(auction: Auction, now: datetime) -> CurveLine:
    """A Dutch auction's curve, at most as high as it may pay as things stand."""
    window = auction.closes_at - auction.opens_at
    seconds = max(int(window.total_seconds()) - int(auction.halted_seconds) - auction.priority_seconds, 1)
    curve, cap = auction.price_clock.curve, auction.cap_bps
    edges = trace(curve, seconds, cap)
    highest = max(float(max(edges)), 1.0)
    at = auction.halted_at if auction.state == AuctionState.HALTED and auction.halted_at else now
    edge = auction.price_clock.edge_at(at, cap)
    gone = min(max(int(auction.price_clock.seconds_at(at)), 0), seconds)

    def height(bps: float) -> int:
        return HEIGHT - round(HEIGHT * bps / highest)

    points = (f"{WIDTH * place // POINTS},{height(float(each))}" for place, each in enumerate(edges))
    return CurveLine(
        label=str(auction.step.lot),
        points=" ".join(points),
        x=WIDTH * gone // seconds,
        y=height(float(edge)),
        edge_bps=plain(edge),
        highest_bps=plain(max(edges)),
        seconds=seconds,
    )
