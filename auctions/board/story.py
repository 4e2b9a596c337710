"""A book as a story: what came in, who was asked, who took it, where the money went, and whether all of that holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, QuerySet

from auctions.board.pictures import CurveLine, LotBar, bars_of, line_of
from auctions.desks.statements import SoldLot, Statement, statement_of
from auctions.lifecycle import DECIDED, UNDER_WAY, StepKind
from auctions.models import Auction, Book
from auctions.offline.inputs import InputRefused
from auctions.offline.verify import Differs, verify_chain
from auctions.queries import get_chain
from backstop.admin.cells import Panel, plain
from backstop.models import Event

MOST = 1000  # lines; what comes later is on the book's page in the admin


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the story."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """A book as of now. `verdict` is that of `manage.py verify` on its chain; it `holds` or not, None: nothing of it is
    signed yet. Of a sealed auction that is not decided it says no more than its market knows."""

    book: Book
    happenings: list[Happening]
    bars: list[LotBar]
    curves: list[CurveLine]
    money: Panel
    verdict: str
    holds: bool | None


def tell(book: Book, now: datetime) -> Story:
    """The story of a book that was read in full (`list_books_in_full`). What happened at one instant stands in the
    order in which one follows from another."""
    said = statement_of(book, now)
    auctions = list(_auctions(book))
    lines = sorted(
        [*_intake(book), *_of_people(book), *_of_auctions(auctions), *_of_lots(said.lots), *_ends(book)],
        key=lambda line: line.at,
    )
    verdict, holds = _verified(book)
    return Story(
        book=book,
        happenings=lines[:MOST],
        bars=bars_of(said.lots),
        curves=[line_of(each, now) for each in auctions if each.curve and each.state in UNDER_WAY],
        money=_money(said),
        verdict=verdict,
        holds=holds,
    )


def _intake(book: Book) -> Iterator[Happening]:
    whose = book.account or "an account"
    legs = ", ".join(f"{leg.side} {plain(leg.quantity)} {leg.instrument}" for leg in book.positions.all())
    worth = f"{plain(book.notional)} {book.asset}"
    sent = f"The venue sends {legs or 'positions'} of {whose}: {worth}."
    yield Happening(book.received_at, sent)
    if book.amended_at:
        yield Happening(book.amended_at, f"The venue amends it: version {book.version}.")
    if book.routed_at:
        yield Happening(book.routed_at, f"It goes to the market in {len(book.lots.all())} lots.")


def _ends(book: Book) -> Iterator[Happening]:
    if book.withdrawn_at:
        yield Happening(book.withdrawn_at, f"The venue withdraws it: {book.withdrawal_reason}")
    if book.closed_at:
        yield Happening(book.closed_at, f"It is closed: {plain(book.residual)} {book.asset} go back to the owner.")


def _of_lots(lots: tuple[SoldLot, ...]) -> Iterator[Happening]:
    for sold in lots:
        for each in sold.steps:
            step, name = each.step, f"Lot {sold.lot.ordinal}, {each.step.kind}"
            for sale in each.sales:
                award = sale.award
                who = award.provider or award.get_beneficiary_display()
                price = f"{award.units} units at {plain(award.edge_bps)} bps"
                yield Happening(
                    award.created_at, f"{name}: {who} gets {price}; the settlement is {sale.state.lower()}."
                )
            if step.ended_at:
                done = f"{step.units_placed} of {step.units_in} units are placed"
                yield Happening(step.ended_at, f"{name} ends: {done}.")


def _auctions(book: Book) -> QuerySet[Any]:
    found = Auction.objects.filter(step__lot__book=book, step__lot__book_version=book.version)
    counted = found.annotate(bids_count=Count("bids", distinct=True), takes_count=Count("takes", distinct=True))
    return counted.select_related("step__lot__book__asset", "venue__heartbeat").order_by("opens_at", "created_at")


def _of_auctions(auctions: list[Any]) -> Iterator[Happening]:
    for auction in auctions:
        name = f"Lot {auction.step.lot.ordinal}, {auction.kind}"
        unit = "percent" if auction.hides_lot else "units"
        yield Happening(auction.opens_at, f"{name}: the auction opens for {auction.units} {unit}.")
        if auction.halted_at:
            yield Happening(auction.halted_at, f"{name}: the auction is halted: {auction.halt_reason}")
        if auction.state in DECIDED:
            offers = f"{auction.bids_count} bids" if auction.kind == StepKind.SEALED else f"{auction.takes_count} takes"
            why = f": {auction.unfilled_reason}" if auction.unfilled_reason else ""
            ended_at = auction.awarded_at or auction.unfilled_at
            yield Happening(ended_at, f"{name}: the auction is {auction.state.lower()} after {offers}{why}.")


def _of_people(book: Book) -> Iterator[Happening]:
    """What somebody decided about it."""
    for event in Event.of_people().filter(subject_id=book.id).order_by("created_at")[:MOST]:
        reason = event.payload.get("reason", "")
        yield Happening(event.created_at, f"{event.actor}: {event.kind.replace('_', ' ')}{reason and f': {reason}'}.")


def _money(said: Statement) -> Panel:
    rows = [(each.label, plain(estate), plain(debt)) for each, (estate, debt) in said.sums.items()]
    moved = "until now" if said.provisional else "in all"
    return Panel(
        "Money", ("What for", "Estate", "Debt"), rows, f"{plain(said.residual)} are left to the owner {moved}."
    )


def _verified(book: Book) -> tuple[str, bool | None]:
    chain = get_chain(book)
    if not chain["links"]:
        return "nothing of it is signed yet", None
    return _verdict_of(json.dumps(chain))


@lru_cache(maxsize=16)  # to clear every auction again takes long, and the same links have the same verdict
def _verdict_of(chain: str) -> tuple[str, bool]:
    try:
        return verify_chain(json.loads(chain)), True
    except (Differs, InputRefused) as problem:
        return f"differs: {problem}", False
