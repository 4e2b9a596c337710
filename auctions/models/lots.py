"""The parts of a book that are placed as one, each with what is left of its budget."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from auctions.models.books import Book
from auctions.rules.budgets import Budget, EdgeParts
from backstop.models.base import AmountField, Row
from backstop.models.venues import ProductGroup
from backstop.values.amounts import PRECISION, ZERO, difference, total


class Lot(Row):
    """A part of a book, of one version of it, in `units`. The budget's parts are what is left, nothing counted twice.

    `equity_budget` may be spent on edges out of the account's own money; of it, `estate_held` is in the estate and
    held there, the rest comes in with the lot's own spot, or is of what the account kept. What the insurance fund may
    pay is a wish; `fund_held` of it is held where a program of release 0.2.0 routed the book.

    `units_awarded`, the first of all, made of the book's equity what `gained` says, exactly. Both are None once an
    award has failed (or where a program of 0.2.0 wrote the lot): then its awards say it, one by one. `fund_paid` is
    what the fund pays of the edges of those that stand, None where a program of 0.2.0 wrote the lot.
    """

    book = models.ForeignKey(Book, models.CASCADE, related_name="lots")
    book_version = models.PositiveIntegerField(default=1)
    ordinal = models.PositiveIntegerField()
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, null=True, related_name="+")
    units = models.PositiveIntegerField()
    notional = AmountField()
    equity_budget = AmountField(default=0)
    estate_held = AmountField(default=0)
    fund_held = AmountField(default=0)
    units_awarded = models.PositiveIntegerField(null=True)
    gained = models.DecimalField(max_digits=PRECISION, decimal_places=PRECISION // 2, null=True)
    fund_paid = AmountField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "book_version", "ordinal"], name="lot_ordinal_unique"),
            models.CheckConstraint(condition=Q(units__gt=0), name="lot_units_positive"),
            models.CheckConstraint(
                condition=Q(equity_budget__gte=0, estate_held__gte=0, fund_held__gte=0),
                name="lot_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(units_awarded__isnull=True) | Q(units_awarded__lte=F("units")), name="lot_never_oversold"
            ),
        ]
        indexes = [models.Index(fields=["book"], condition=Q(ended_at__isnull=True), name="lot_under_way")]

    def __str__(self) -> str:
        return f"{self.book}/{self.ordinal}"

    @property
    def budget(self) -> Budget:
        """What is left of it of the account's own."""
        return Budget(equity=self.equity_budget, in_estate=self.estate_held, fund=ZERO)

    @budget.setter
    def budget(self, budget: Budget) -> None:
        self.equity_budget, self.estate_held = budget.equity, budget.in_estate

    @property
    def wished(self) -> Decimal:
        """What the insurance fund may have to pay for it. Loaded with the lot (`wish`)."""
        return total([self.fund_held, self.wish.amount if hasattr(self, "wish") else ZERO])

    def spend(self, parts: EdgeParts) -> None:
        """Let an award have its own part of these for its edge; the rest the fund pays."""
        self.fund_paid = None if self.fund_paid is None else total([self.fund_paid, parts.fund])
        self.equity_budget = difference(self.equity_budget, parts.equity)
        self.estate_held = difference(self.estate_held, parts.in_estate)

    def note_award(self, units: int, gained: Decimal) -> None:
        """So many more units are awarded, which made so much of the book's equity."""
        if self.units_awarded is not None and self.gained is not None:
            self.units_awarded += units
            self.gained = total([self.gained, gained])

    def give_back(self, parts: EdgeParts) -> None:
        """Put its own part of these into the budget again: their award failed, and left a hole."""
        self.units_awarded = self.gained = None
        self.fund_paid = None if self.fund_paid is None else difference(self.fund_paid, parts.fund)
        self.equity_budget = total([self.equity_budget, parts.equity])
        self.estate_held = total([self.estate_held, parts.in_estate])

    def receive(self, in_estate: Decimal, kept: Decimal) -> None:
        """Have so much more of the account's own, in the estate and of what the account kept: another lot did without
        it."""
        self.equity_budget = total([self.equity_budget, in_estate, kept])
        self.estate_held = total([self.estate_held, in_estate])

    def end(self, at: datetime) -> None:
        """Nothing of it is left to be placed, and nothing is held for it any more."""
        self.equity_budget = self.estate_held = self.fund_held = ZERO
        self.ended_at = at
