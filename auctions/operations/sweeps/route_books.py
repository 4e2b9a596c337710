"""Routing: a book is cut into lots, each with its budget, and each lot starts its way through the waterfall.

What lots may spend of what their estate has is held there; what the fund may pay is wished for later, and not held.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.desks.journal import Journal
from auctions.desks.caps import counted
from auctions.desks.chain import Chain
from auctions.desks.legs import leg_of
from auctions.desks.news import begun
from auctions.desks.taking_over import BeforeAuction, offer_to_insurers
from auctions.desks.work import lock_books
from auctions.events import BookRouted, LotFormed
from auctions.lifecycle import FIRST_AUCTION, FIRST_STEP, BookState
from auctions.models import Book, Cap, Lot, LotScope, Playbook, Position, Step
from auctions.queries.breakers import list_halted
from auctions.queries.regimes import list_standings
from auctions.rules.budgets import LotMoney, risk_weights, smallest_rate, split_budget
from auctions.rules.chain.course import OWN_COUNTERS
from auctions.rules.chain.links import LegTaken, LinkKind, LotTaken
from auctions.rules.disclosure import PERCENTS, Disclosure
from auctions.rules.lots import cut_quantity, group_by_key, part_count, unit_count
from auctions.rules.regimes import Regime, RegimeStanding, assigns_first, in_force
from auctions.rules.valuation import SPOT, Leg
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import STORED_SCALE, ZERO, total
from backstop.values.splitting import split_amount


@dataclass(frozen=True, slots=True)
class _Routed:
    book: Book
    lots: Sequence[Lot]
    positions: Sequence[Position]
    added: Sequence[Position]
    regimes: Mapping[UUID, Regime]

    @property
    def by_lot(self) -> dict[UUID | None, list[Position]]:
        """Each lot's positions, in their order."""
        positions: dict[UUID | None, list[Position]] = {lot.id: [] for lot in self.lots}
        for position in sorted([*self.positions, *self.added], key=attrgetter("ordinal")):
            positions[position.lot_id].append(position)
        return positions


@dataclass(frozen=True, slots=True)
class _Markets:
    """How the markets of some venues stand at this instant, and which of them breakers halt."""

    halted: Collection[UUID]
    standings: Mapping[UUID, RegimeStanding]
    now: datetime

    @classmethod
    def of(cls, venue_ids: Collection[UUID], now: datetime) -> "_Markets":
        return cls(list_halted(venue_ids), list_standings(venue_ids), now)

    def regime_of(self, book: Book, positions: Sequence[Position]) -> Regime:
        """That of a lot of these positions: its worst market's."""
        groups = {position.instrument.product_group_id for position in positions}
        if not groups.union({book.venue_id}).isdisjoint(self.halted):
            return Regime.HALTED
        max_gap = book.playbook.regime_thresholds.max_gap
        reported = (self.standings[group] for group in groups if group in self.standings)
        calm = all(in_force(standing, max_gap, self.now).regime is Regime.CALM for standing in reported)
        return Regime.CALM if calm else Regime.STRESSED


@operation
@kept_alive()
def route_books(*, ids: Sequence[UUID]) -> int:
    """Route those of these books that wait for it; how many there were."""
    now = clock.now()
    books = lock_books(Book.objects.filter(id__in=ids, state__in=[BookState.RECEIVED, BookState.AMENDED]))
    positions: dict[UUID, list[Position]] = {book.id: [] for book in books}
    for position in _current_positions(books):
        positions[position.book_id].append(position)
    caps = list(Cap.objects.filter(venue__in={book.venue_id for book in books}, limit__gt=0))
    markets = _Markets.of({book.venue_id for book in books}, now)
    routed = [_form_lots(book, positions[book.id], caps, markets) for book in books]
    journal = _hold_budgets(routed)
    for each in routed:
        each.book.move_to(BookState.ROUTED, now)
    lots = [lot for each in routed for lot in each.lots]
    Lot.objects.bulk_create(lots)
    Position.objects.bulk_create([p for each in routed for p in each.added])
    save_changes([*(p for each in routed for p in each.positions), *books])
    regimes = {lot_id: regime for each in routed for lot_id, regime in each.regimes.items()}
    steps = [_first_step(lot, regimes[lot.id], now) for lot in lots]
    by_lot = {lot_id: positions for each in routed for lot_id, positions in each.by_lot.items()}
    offered = offer_to_insurers([BeforeAuction(step, by_lot[step.lot_id]) for step in steps], now)
    Step.objects.bulk_create(steps)
    chain = Chain(now)
    for each in routed:
        chain.add_book(LinkKind.INTAKE, each.book, **_taken_in(each))
    chain.write()
    record_events([*map(_routed_event, routed), *map(_formed, lots), *map(begun, steps), *offered])
    journal.write()
    return len(books)


def _current_positions(books: Sequence[Book]) -> QuerySet[Position]:
    current = Position.objects.filter(book__in=books, book_version=F("book__version"))
    return current.order_by("ordinal").select_related("instrument")


def _form_lots(book: Book, positions: Sequence[Position], caps: Sequence[Cap], markets: _Markets) -> _Routed:
    scope = book.playbook.lot_scope
    lots: list[Lot] = []
    added: list[Position] = []
    regimes: dict[UUID, Regime] = {}
    mine = [cap for cap in caps if (cap.venue_id, cap.asset_id) == (book.venue_id, book.asset_id)]
    for members in group_by_key([_lot_key(scope, position) for position in positions]):
        shares = _cut(book, [positions[index] for index in members], mine, len(positions) + len(added))
        added += [position for share in shares for position in share[1:]]
        for part in zip(*shares, strict=True):
            lot = Lot(
                book=book,
                book_version=book.version,
                ordinal=len(lots),
                product_group_id=None if scope == LotScope.BOOK else part[0].instrument.product_group_id,
                units=unit_count(_units_wanted(book.playbook), [leg_of(position) for position in part]),
                notional=total(position.notional for position in part),
                units_awarded=0,
                gained=ZERO,
                fund_paid=ZERO,
            )
            for position in part:
                position.lot = lot
            regimes[lot.id] = markets.regime_of(book, part)
            lots.append(lot)
    return _Routed(book, lots, positions, added, regimes)


def _units_wanted(playbook: Playbook) -> int:
    """The playbook's units; where bids are in percent at least so many that a percent of a small remainder has some."""
    if playbook.disclosure == Disclosure.FULL:
        return playbook.units_per_lot
    return max(playbook.units_per_lot, PERCENTS * PERCENTS)


def _cut(book: Book, positions: list[Position], caps: Sequence[Cap], ordinal: int) -> list[list[Position]]:
    """Each position's shares of the lots that these become: of one, or of as many as the playbook's limit on a lot and
    caps ask for. The first share is its own row; those of the others are numbered from `ordinal` on.

    A lot larger than a cap as a whole could never pass it. One of zero lets nothing pass, however small it is cut.
    """
    limits = [([leg_of(position) for position in counted(cap, positions)], cap.limit) for cap in caps]
    legs = [leg_of(position) for position in positions]
    if book.playbook.max_lot_notional is not None:
        limits.append((legs, book.playbook.max_lot_notional))
    marks = {position.instrument_id: position.mark_price for position in positions}
    parts = part_count(legs, marks, limits, book.asset.scale)
    if parts == 1:
        return [[position] for position in positions]
    return [
        _cut_position(book, position, parts, ordinal + place * (parts - 1)) for place, position in enumerate(positions)
    ]


def _cut_position(book: Book, position: Position, parts: int, ordinal: int) -> list[Position]:
    """The position's share of each part: the first stays its own row, the others get theirs, from `ordinal` on."""
    quantities = cut_quantity(leg_of(position), parts)
    notionals = split_amount(position.notional, quantities, book.asset.scale)
    accrued = split_amount(position.accrued, quantities, STORED_SCALE)
    position.cut_to(quantities[0], notionals[0], accrued[0])
    others = [
        Position(
            book=book,
            book_version=book.version,
            ordinal=ordinal + part - 1,
            instrument=position.instrument,
            side=position.side,
            quantity=quantities[part],
            entry_price=position.entry_price,
            accrued=accrued[part],
            mark_price=position.mark_price,
            notional=notionals[part],
            quantity_step=position.quantity_step,
            margin_rate=position.margin_rate,
        )
        for part in range(1, parts)
    ]
    return [position, *others]


def _lot_key(scope: str, position: Position) -> object:
    if scope == LotScope.BOOK:
        return None
    return position.id if scope == LotScope.POSITION else position.instrument.product_group_id


def _first_step(lot: Lot, regime: Regime, now: datetime) -> Step:
    due_at = max(now, lot.book.cure_ends_at)
    patient_until = due_at + timedelta(seconds=lot.book.playbook.max_halt_seconds)
    first = assigns_first(lot.book.playbook.assign, regime)
    kind = FIRST_STEP if first else FIRST_AUCTION
    return Step(lot=lot, ordinal=0, kind=kind, due_at=due_at, patient_until=patient_until, units_in=lot.units)


def _hold_budgets(routed: Sequence[_Routed]) -> Journal:
    """Each lot's own budget: what the estate has of it is held in the journal that is returned."""
    journal = Journal.opened(each.book.estate_id for each in routed)
    for each in routed:
        book, scale = each.book, each.book.asset.scale
        own = split_budget(book.equity, journal.posted(book.estate_id), book.kept_equity, _money(each), scale)
        for lot, budget in zip(each.lots, own, strict=True):
            lot.budget = budget
            journal.hold(book.estate_id, budget.in_estate)
    return journal


def _money(routed: _Routed) -> list[LotMoney]:
    """Each lot's risk at intake marks, and what its spot is worth."""
    positions = routed.by_lot
    legs = [[leg_of(position) for position in positions[lot.id]] for lot in routed.lots]
    marks = {position.instrument_id: position.mark_price for position in routed.positions}
    weights = risk_weights(legs, marks, smallest_rate([leg for several in legs for leg in several]))
    spot = [total(p.notional for p in several if p.instrument.kind == SPOT) for several in positions.values()]
    return [LotMoney(weight, worth) for weight, worth in zip(weights, spot, strict=True)]


def _routed_event(routed: _Routed) -> BookRouted:
    return BookRouted(**routed.book.whose, subject_id=routed.book.id, lots=len(routed.lots))


def _formed(lot: Lot) -> LotFormed:
    return LotFormed(
        **lot.book.whose,
        subject_id=lot.id,
        book=lot.book_id,
        units=lot.units,
        notional=lot.notional,
        estate_held=lot.estate_held,
        fund_held=lot.fund_held,
    )


def _taken_in(routed: _Routed) -> dict[str, Any]:
    """What the intake's link says."""
    book = routed.book
    positions = routed.by_lot
    return {
        "cash": book.cash,
        "equity": book.equity,
        "kept_equity": book.kept_equity,
        "owned_by_fund": book.owned_by_fund,
        "lots": tuple(_lot_taken(lot, positions[lot.id], routed.regimes[lot.id]) for lot in routed.lots),
        "playbook": {name: value for name, value in book.playbook.parameters.items() if name not in OWN_COUNTERS},
    }


def _lot_taken(lot: Lot, positions: Sequence[Position], regime: Regime) -> LotTaken:
    return LotTaken(
        units=lot.units,
        own=lot.equity_budget,
        in_estate=lot.estate_held,
        legs=tuple(
            LegTaken(
                **{field.name: getattr(leg_of(position), field.name) for field in fields(Leg)}, mark=position.mark_price
            )
            for position in positions
        ),
        regime=regime,
    )
