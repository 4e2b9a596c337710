"""What locked books are left with of their accounts' equity, and each lot's share of it, while a batch is awarded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db.models import F

from auctions.desks.legs import leg_of
from auctions.desks.units import FreeUnits
from auctions.lifecycle import FAILED
from auctions.models import Award, Book, Position
from auctions.rules.budgets import Budget, gain, gained_by_award, own_at, risk_weights, share_at, smallest_rate
from auctions.rules.lots import Range, free_ranges, slice_legs
from auctions.rules.valuation import Leg
from backstop.queries import list_known_prices, marks_in_force
from backstop.values.amounts import ZERO, total
from backstop.values.marks import KnownPrices


@dataclass
class _LotPart:
    """A lot's legs, and which of its units are free."""

    legs: tuple[Leg, ...]
    units: int
    free: FreeUnits

    @property
    def free_legs(self) -> tuple[Leg, ...]:
        slices = (slice_legs(self.legs, first, count, self.units) for first, count in self.free)
        return tuple(leg for part in slices for leg in part)


@dataclass
class BookEquity:
    """A book's equity, lot by lot: at intake, what its awards made of that so far, and its free legs.

    `marks` are those in force for all of it; where an instrument of another lot has none, what it was last used at.
    """

    book: Book
    intake_marks: Mapping[UUID, Decimal]
    marks: Mapping[UUID, Decimal]
    lots: dict[UUID, _LotPart]
    gained: Decimal = ZERO

    def at(self, marks: Mapping[UUID, Decimal]) -> Decimal:
        """The account's equity, with what it kept, were the free legs sold free of charge at these marks."""
        known = {**self.marks, **marks}
        free = [leg for lot in self.lots.values() for leg in lot.free_legs]
        gains = (gain(leg, self.intake_marks[leg.instrument_id], known[leg.instrument_id]) for leg in free)
        return total([self.book.equity, self.book.kept_equity, self.gained, *gains])

    def weights(self, marks: Mapping[UUID, Decimal]) -> list[Decimal]:
        """How much risk the free legs of each lot are, in the order of `lots`."""
        legs = [leg for lot in self.lots.values() for leg in lot.legs]
        free = [lot.free_legs for lot in self.lots.values()]
        return risk_weights(free, {**self.marks, **marks}, smallest_rate(legs))

    def budget_of(self, lot_id: UUID, budget: Budget, marks: Mapping[UUID, Decimal]) -> Budget:
        """What is left of a lot's budget at these marks."""
        return own_at(budget, self.share_of(lot_id, marks))

    def share_of(self, lot_id: UUID, marks: Mapping[UUID, Decimal]) -> Decimal:
        """What of the equity that is left is this lot's, by risk."""
        place = list(self.lots).index(lot_id)
        return share_at(self.at(marks), self.weights(marks), place, self.book.asset.scale)

    def note_award(self, lot_id: UUID, units: Range, marks: Mapping[UUID, Decimal], edge_bps: Decimal) -> Decimal:
        """Count free units as awarded; what that made of the equity."""
        self.lots[lot_id].free.take(units)
        return self._count(lot_id, units, marks, edge_bps)

    def _count(self, lot_id: UUID, units: Range, marks: Mapping[UUID, Decimal], edge_bps: Decimal) -> Decimal:
        lot = self.lots[lot_id]
        legs = slice_legs(lot.legs, *units, lot.units)
        gained = gained_by_award(legs, self.intake_marks, marks, edge_bps)
        self.gained = total([self.gained, gained])
        return gained

    @classmethod
    def of(
        cls, book: Book, positions: Sequence[Position], awards: Sequence[Award], marks: Mapping[UUID, Decimal]
    ) -> "BookEquity":
        """From its positions in the order of their lots, and the awards, unless they failed, of the lots that do not
        count theirs."""
        standing: dict[UUID, list[Range]] = defaultdict(list)
        for award in awards:
            standing[award.step.lot_id].append((award.first_unit, award.units))
        lots: dict[UUID, _LotPart] = {}
        counted: list[Decimal] = []
        for lot, several in groupby(positions, key=attrgetter("lot")):
            ranges = standing[lot.id] if lot.units_awarded is None else [(0, lot.units_awarded)]
            free = FreeUnits(free_ranges(lot.units, ranges))
            lots[lot.id] = _LotPart(tuple(leg_of(each) for each in several), lot.units, free)
            counted.append(lot.gained or ZERO)
        equity = cls(book, {each.instrument_id: each.mark_price for each in positions}, marks, lots, total(counted))
        for award in awards:
            equity._count(award.step.lot_id, (award.first_unit, award.units), award.marks, award.edge_bps)
        return equity


class BookEquities:
    """The equities of these books, as of `now`: read where the first is asked for, in three queries for any number."""

    def __init__(self, books: Sequence[Book], now: datetime) -> None:
        self.books, self.now = books, now

    def __getitem__(self, book_id: UUID) -> BookEquity:
        return self._by_book[book_id]

    @cached_property
    def _by_book(self) -> dict[UUID, BookEquity]:
        positions: dict[UUID, list[Position]] = {book.id: [] for book in self.books}
        current = Position.objects.filter(book__in=self.books, book_version=F("book__version"), lot__isnull=False)
        for position in current.order_by("lot__ordinal", "ordinal").select_related("instrument", "lot"):
            positions[position.book_id].append(position)
        awards: dict[UUID, list[Award]] = {book.id: [] for book in self.books}
        lots = {each.lot for several in positions.values() for each in several}
        not_counted = [lot for lot in lots if lot and lot.gained is None]
        standing = Award.objects.filter(step__lot__in=not_counted).exclude(settlement__state__in=FAILED)
        for award in standing.select_related("step__lot"):
            awards[award.step.lot.book_id].append(award)
        prices = list_known_prices({each.instrument_id for several in positions.values() for each in several})
        return {
            book.id: BookEquity.of(
                book, positions[book.id], awards[book.id], self._marks(book, positions[book.id], prices)
            )
            for book in self.books
        }

    def _marks(
        self, book: Book, positions: Sequence[Position], prices: Mapping[UUID, KnownPrices]
    ) -> dict[UUID, Decimal]:
        """In force; else what was last used, or at intake."""
        intake = {each.instrument_id: each.mark_price for each in positions}
        used = {key: prices[key].last_used if key in prices else None for key in intake}
        in_force = marks_in_force(prices, intake, self.now, book.playbook.mark_terms)
        return {key: in_force.get(key) or used[key] or price for key, price in intake.items()}
