"""What the board shows of this instant, of the venues that its reader may see: in words, ready to be written."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from auctions.board.mending import mendable
from auctions.board.pictures import LotPart, parts_of_book
from auctions.desks.unplaced import list_works
from auctions.desks.work import Work
from auctions.lifecycle import AlertState, AuctionState, StepState
from auctions.models import Alert, Auction
from auctions.queries.stuck import list_stuck
from auctions.queries.under_way import (
    list_alerts_under_way,
    list_auctions_under_way,
    list_books_under_way,
    list_steps_to_come,
)
from auctions.rules.valuation import drift_bps
from backstop import clock
from backstop.admin.cells import plain
from backstop.admin.scoping import venue_of, within
from backstop.models import Venue
from backstop.values.amounts import round_up

MOST = 50  # rows of a list: the rest are counted

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class BookNow:
    """A book under way: its age, at which steps its lots are, and as a picture what went at which kind of step."""

    id: UUID
    reference: str
    venue: str
    age: str
    notional: str
    asset: str
    steps: str
    picture: tuple[LotPart, ...]
    is_drill: bool


@dataclass(frozen=True, slots=True)
class AuctionNow:
    """An auction under way. Of a sealed one nothing that is offered in it; `edge_bps` is a Dutch one's price clock."""

    id: UUID
    book: str
    kind: str
    left: str
    edge_bps: str
    units: str
    is_drill: bool


@dataclass(frozen=True, slots=True)
class LotWaiting:
    """A lot that waits for its next round: how far its marks have moved since its book came, and what is at risk."""

    book_id: UUID
    lot: str
    round: int
    begins_in: str
    units: str
    drift_bps: str
    risk: str


@dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert under way, and who acknowledged it; else the address where who asks may, if that is so."""

    id: UUID
    venue: str
    text: str
    age: str
    acknowledged_by: str
    acknowledge_address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The first of a list, and how many it has altogether."""

    rows: list[Any]
    count: int

    @property
    def more(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True, slots=True)
class MarketNow:
    """The market as of `at`. What of a list is not among its rows is in its count."""

    at: datetime
    alerts: Listed
    books: Listed
    auctions: Listed
    waiting: Listed
    stuck: Listed
    venues: list[Venue]


def market_now(request: HttpRequest) -> MarketNow:
    """Of the venues that who asks may see. A fixed number of queries."""
    at = clock.now()

    def rows(found: "QuerySet[M]", shown: Callable[[M], Any]) -> Listed:
        seen = within(request, found)
        return Listed([shown(row) for row in seen[:MOST]], seen.count())

    waiting = within(request, list_steps_to_come(at))
    stuck = list_stuck(venue_of(request), at)
    return MarketNow(
        at,
        alerts=rows(list_alerts_under_way(), lambda alert: _alert(request, alert, at)),
        books=rows(list_books_under_way(), lambda book: _book(book, at)),
        auctions=rows(list_auctions_under_way(), lambda auction: _auction(auction, at)),
        waiting=Listed([_waiting(work, at) for work in list_works(waiting[:MOST], at)], waiting.count()),
        stuck=Listed(mendable(request, stuck[:MOST]), stuck.count()),
        venues=list(within(request, Venue.objects.order_by("code"))[:MOST]),
    )


def _alert(request: HttpRequest, alert: Alert, at: datetime) -> AlertNow:
    may = alert.state == AlertState.RAISED and request.user.has_perm("auctions.change_alert")
    return AlertNow(
        id=alert.id,
        venue=str(alert.venue),
        text=alert.text,
        age=_seconds(at - alert.raised_at),
        acknowledged_by=alert.acknowledged_by,
        acknowledge_address=f"{reverse('admin:auctions_alert_acknowledge')}?id={alert.id}" if may else "",
    )


def _book(book: Any, at: datetime) -> BookNow:
    steps = [step for lot in book.lots.all() for step in lot.steps.all()]
    kinds = Counter(step.kind for step in steps if step.state != StepState.ENDED)
    return BookNow(
        id=book.id,
        reference=book.reference,
        venue=str(book.venue),
        age=_seconds(at - book.received_at),
        notional=plain(book.notional),
        asset=str(book.asset),
        steps=", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or book.state,
        picture=parts_of_book(book.lots.all()),
        is_drill=book.is_drill,
    )


def _auction(auction: Auction, at: datetime) -> AuctionNow:
    is_halted = auction.state == AuctionState.HALTED
    left = auction.closes_at - auction.last_beat.shown_at(at, auction.opens_at)
    edge = auction.price_clock.edge_at(auction.halted_at or at, auction.cap_bps) if auction.curve else None
    unit = "percent" if auction.hides_lot else "units"
    return AuctionNow(
        id=auction.id,
        book=str(auction.step.lot),
        kind=auction.kind,
        left=f"halted: {auction.halt_reason}" if is_halted else _seconds(max(left, timedelta())),
        edge_bps=plain(edge),
        units=f"{auction.units_left:,} {unit}",
        is_drill=auction.step.lot.book.is_drill,
    )


def _waiting(work: Work, at: datetime) -> LotWaiting:
    marks = work.best_marks(at)
    return LotWaiting(
        book_id=work.book.id,
        lot=str(work.lot),
        round=work.step.round,
        begins_in=_seconds(work.step.due_at - at),
        units=f"{work.units_left:,} units",
        drift_bps=plain(drift_bps(work.intake_marks, marks)),
        risk=f"{plain(round_up(work.free_risk(marks), work.asset.scale))} {work.asset}",
    )


def _seconds(length: timedelta) -> str:
    return f"{int(length.total_seconds()):,} s"
