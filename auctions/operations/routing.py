"""Routing: a book is cut into lots, each with its budget, and each lot starts its way through the waterfall.

Called by the sweep `route_books`. Guarantees that the budgets of all lots, of all books, are reserved in the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import AccountKind
from accounts.operations.ledger import Journal, venue_accounts
from auctions.lifecycle import BookState, StepKind
from auctions.models import Book, Lot, LotScope, Position, Step
from auctions.operations.loading import leg_of, lock_books
from auctions.rules.lots import group_by_key, unit_count
from auctions.rules.valuation import SPOT
from auctions.rules.waterfall import LotMoney, fund_need, split_budget
from backstop import clock
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, total


@dataclass(frozen=True, slots=True)
class _Routed:
    book: Book
    lots: list[Lot]
    positions: list[Position]


@operation
def route_books(*, ids: Sequence[UUID]) -> int:
    """Route those of these books that wait for it; how many there were."""
    now = clock.now()
    books = lock_books(Book.objects.filter(id__in=ids, state=BookState.RECEIVED))
    positions: dict[UUID, list[Position]] = {book.id: [] for book in books}
    for position in Position.objects.filter(book__in=books).order_by("ordinal").select_related("instrument"):
        positions[position.book_id].append(position)
    routed = [_Routed(book, _form_lots(book, positions[book.id]), positions[book.id]) for book in books]
    _reserve_budgets(routed)
    for each in routed:
        each.book.move_to(BookState.ROUTED, now)
    lots = [lot for each in routed for lot in each.lots]
    Lot.objects.bulk_create(lots)
    Position.objects.bulk_update([p for each in routed for p in each.positions], ["lot"])
    Book.objects.bulk_update(books, ["state", "routed_at"])
    Step.objects.bulk_create([_first_step(lot, now) for lot in lots])
    record_events(
        [NewEvent(b.venue_id, "book_routed", b.id, None, {"lots": len(r.lots)}) for r in routed for b in [r.book]]
    )
    return len(books)


def _form_lots(book: Book, positions: Sequence[Position]) -> list[Lot]:
    scope = book.playbook.lot_scope
    keys = [_lot_key(scope, position) for position in positions]
    lots = []
    for ordinal, members in enumerate(group_by_key(keys)):
        mine = [positions[index] for index in members]
        lot = Lot(
            book=book,
            ordinal=ordinal,
            product_group=None if scope == LotScope.BOOK else mine[0].instrument.product_group,
            units=unit_count(book.playbook.units_per_lot, [leg_of(position) for position in mine]),
            notional=total(position.notional for position in mine),
        )
        for position in mine:
            position.lot = lot
        lots.append(lot)
    return lots


def _lot_key(scope: str, position: Position) -> object:
    if scope == LotScope.BOOK:
        return None
    return position.id if scope == LotScope.POSITION else position.instrument.product_group_id


def _first_step(lot: Lot, now: datetime) -> Step:
    return Step(lot=lot, ordinal=0, kind=StepKind.ASSIGN, due_at=now, units_in=lot.units)


def _reserve_budgets(routed: Sequence[_Routed]) -> None:
    funds = {
        book.asset_id: venue_accounts(book.venue_id, book.asset)[AccountKind.FUND]
        for book in {each.book.asset_id: each.book for each in routed}.values()
    }
    journal = Journal.opened([*funds.values(), *(each.book.estate_id for each in routed)])
    for each in routed:
        book, scale = each.book, each.book.asset.scale
        fund = funds[book.asset_id]
        money = [
            LotMoney(
                lot.notional, total(p.notional for p in each.positions if p.lot is lot and p.instrument.kind == SPOT)
            )
            for lot in each.lots
        ]
        own = split_budget(book.equity, journal.posted(book.estate_id), ZERO, money, scale)
        need = fund_need(book.notional, book.playbook.dutch_cap_bps, book.playbook.drift_buffer_bps, own, scale)
        drawn = max(min(need, book.playbook.fund_draw_limit, journal.free(fund)), ZERO)
        budgets = split_budget(book.equity, journal.posted(book.estate_id), drawn, money, scale)
        for lot, budget in zip(each.lots, budgets, strict=True):
            lot.equity_budget, lot.estate_reserved, lot.fund_reserved = budget.equity, budget.in_estate, budget.fund
            journal.reserve(book.estate_id, budget.in_estate)
            journal.reserve(fund, budget.fund)
    journal.write()
