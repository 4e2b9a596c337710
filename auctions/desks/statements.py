"""What became of a liquidated account's book, for its owner: each step of it, and each movement of its money.

Guarantees that the movements are the ledger's own: together they are what stands in the estate and in the debt, and at
the close what was left to the owner. Nobody who took a part is named. Nothing is locked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from accounts.models import Purpose, Transfer
from auctions.desks.legs import leg_of
from auctions.lifecycle import BOOK, FAILED, SettlementState
from auctions.models import Award, Beneficiary, Book, Lot, Position, Step
from auctions.rules.budgets import gain
from auctions.rules.lots import free_ranges, slice_legs
from auctions.rules.valuation import Leg
from backstop.queries import list_known_prices, marks_in_force
from backstop.values.amounts import ZERO, round_down, total

EDGES = (Purpose.EDGE, Purpose.FUND_EDGE)
WITH_OWNER = (Purpose.KEPT_ADVANCED, Purpose.RESIDUAL)  # what the account's owner pays and gets


@dataclass(frozen=True, slots=True)
class MoneyMovement:
    """What one transfer brought into the estate and into the debt, below zero took out of them; of which sale."""

    at: datetime
    purpose: Purpose
    sale_id: UUID | None
    estate: Decimal
    debt: Decimal


@dataclass(frozen=True, slots=True)
class SoldLeg:
    """What of a position was sold at which mark, and what that was at intake."""

    instrument: str
    side: str
    quantity: Decimal
    intake_mark: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """Units of a lot that somebody got. `drift` is what its marks had gained for the account since intake; `edge` was
    paid for it, below zero received, once it was settled."""

    award: Award
    state: SettlementState
    legs: tuple[SoldLeg, ...]
    drift: Decimal
    edge: Decimal | None

    @property
    def stands(self) -> bool:
        return self.state not in FAILED


@dataclass(frozen=True, slots=True)
class SoldStep:
    """A step, and what was sold in it."""

    step: Step
    sales: tuple[Sale, ...]


@dataclass(frozen=True, slots=True)
class SoldLot:
    """A lot, and its way through the waterfall."""

    lot: Lot
    steps: tuple[SoldStep, ...]


@dataclass(frozen=True)
class Statement:
    """A book as of an instant. Its amounts are exact, but drift, which is rounded down and a part of no sum:
    `drift_waiting` is that of what nobody has yet, at the marks in force, and None where one is missing."""

    book: Book
    as_of: datetime
    lots: tuple[SoldLot, ...]
    movements: tuple[MoneyMovement, ...]
    drift_waiting: Decimal | None

    @property
    def provisional(self) -> bool:
        return self.book.state not in BOOK.final

    @property
    def sales(self) -> list[Sale]:
        return [sale for lot in self.lots for each in lot.steps for sale in each.sales]

    @property
    def drift_sold(self) -> Decimal:
        """What the marks gained for the account until it was sold."""
        return total(sale.drift for sale in self.sales if sale.stands)

    @cached_property
    def sums(self) -> Mapping[Purpose, tuple[Decimal, Decimal]]:
        """By purpose, in the order in which each first came: what moved into the estate, and into the debt."""
        found: dict[Purpose, tuple[Decimal, Decimal]] = {}
        for each in self.movements:
            estate, debt = found.get(each.purpose, (ZERO, ZERO))
            found[each.purpose] = total([estate, each.estate]), total([debt, each.debt])
        return found

    def estate_of(self, *purposes: Purpose) -> Decimal:
        """What came into the estate for these."""
        return total(self.sums.get(each, (ZERO, ZERO))[0] for each in purposes)

    def debt_of(self, *purposes: Purpose) -> Decimal:
        """What of the debt was taken away for these."""
        return total(self.sums.get(each, (ZERO, ZERO))[1] for each in purposes)

    @property
    def in_estate(self) -> Decimal:
        return total(each.estate for each in self.movements)

    @property
    def owed(self) -> Decimal:
        return total(each.debt for each in self.movements).copy_negate()

    @property
    def residual(self) -> Decimal:
        """What all movements leave for the owner, whether or not that was paid out."""
        others = (each for each in self.movements if each.purpose not in WITH_OWNER)
        return total(amount for each in others for amount in (each.estate, each.debt))

    @property
    def units_of_fund(self) -> int:
        """How many units the insurance fund took over."""
        taken = (sale.award for sale in self.sales if sale.stands)
        return sum(award.units for award in taken if award.beneficiary == Beneficiary.FUND)


def statement_of(book: Book, now: datetime) -> Statement:
    """The statement of a book that was read in full (`list_books_in_full`). What moved since then is in it already."""
    positions: dict[UUID | None, list[Position]] = defaultdict(list)
    for position in book.positions.all():
        positions[position.lot_id].append(position)
    movements = _movements(book)
    edges: dict[UUID | None, list[Decimal]] = defaultdict(list)
    for each in movements:
        if each.purpose in EDGES:
            edges[each.sale_id].append(each.estate)
    lots = tuple(_sold_lot(lot, positions[lot.id], edges, book.asset.scale) for lot in book.lots.all())
    waiting = () if book.state in BOOK.final else tuple(_waiting(lots, positions))
    return Statement(book, now, lots, movements, _drift_waiting(book, waiting, now))


def _movements(book: Book) -> tuple[MoneyMovement, ...]:
    own = (book.estate_id, book.debt_id)
    moved = Transfer.objects.filter(Q(debit__in=own) | Q(credit__in=own)).order_by("created_at")
    return tuple(
        MoneyMovement(
            at=each.created_at,
            purpose=Purpose(each.purpose),
            sale_id=None if each.subject_id == book.id else each.subject_id,
            estate=_into(book.estate_id, each),
            debt=_into(book.debt_id, each),
        )
        for each in moved
    )


def _into(account_id: UUID, moved: Transfer) -> Decimal:
    if account_id == moved.credit_id:
        return moved.amount
    return moved.amount.copy_negate() if account_id == moved.debit_id else ZERO


def _sold_lot(
    lot: Lot, positions: Sequence[Position], edges: Mapping[UUID | None, Sequence[Decimal]], scale: int
) -> SoldLot:
    def sold(step: Step) -> SoldStep:
        return SoldStep(step, tuple(_sale(award, lot, positions, edges, scale) for award in step.awards.all()))

    return SoldLot(lot, tuple(sold(step) for step in lot.steps.all()))


def _sale(
    award: Award,
    lot: Lot,
    positions: Sequence[Position],
    edges: Mapping[UUID | None, Sequence[Decimal]],
    scale: int,
) -> Sale:
    legs, gained = [], []
    for position in positions:
        mark = award.marks[position.instrument_id]
        for leg in slice_legs([leg_of(position)], award.first_unit, award.units, lot.units):
            legs.append(SoldLeg(position.instrument.symbol, position.side, leg.quantity, position.mark_price, mark))
            gained.append(gain(leg, position.mark_price, mark))
    state = SettlementState(award.settlement.state)
    settled = state == SettlementState.SETTLED
    return Sale(
        award=award,
        state=state,
        legs=tuple(legs),
        drift=round_down(total(gained), scale),
        edge=total(edges.get(award.id, ())).copy_negate() if settled else None,
    )


def _waiting(
    lots: Iterable[SoldLot], positions: Mapping[UUID | None, Sequence[Position]]
) -> Iterable[tuple[Leg, Decimal]]:
    """What nobody has yet, with its marks at intake."""
    for position in positions.get(None, ()):
        yield leg_of(position), position.mark_price
    for each in lots:
        standing = [sale.award for step in each.steps for sale in step.sales if sale.stands]
        free = free_ranges(each.lot.units, [(award.first_unit, award.units) for award in standing])
        for position in positions[each.lot.id]:
            for first, count in free:
                for leg in slice_legs([leg_of(position)], first, count, each.lot.units):
                    yield leg, position.mark_price


def _drift_waiting(book: Book, waiting: Sequence[tuple[Leg, Decimal]], now: datetime) -> Decimal | None:
    instruments = {leg.instrument_id for leg, _ in waiting}
    marks = marks_in_force(list_known_prices(instruments), instruments, now, book.playbook.mark_terms)
    if marks.keys() < instruments:
        return None
    return round_down(total(gain(leg, since, marks[leg.instrument_id]) for leg, since in waiting), book.asset.scale)
