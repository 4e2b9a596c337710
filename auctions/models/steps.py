"""The parts of a book that are placed as one, and their way through the waterfall."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from auctions.lifecycle import STEP, StepKind, StepState
from auctions.models.books import Book
from auctions.models.caps import Cap
from auctions.rules.waterfall import Budget, EdgeParts
from backstop.models.base import AmountField, EdgeField, Parkable, Row, Stateful
from backstop.models.venues import ProductGroup
from backstop.values.amounts import ZERO, total


class Lot(Row):
    """A part of a book, of one version of it, in `units`. The budget's parts are what is left, nothing counted twice.

    `equity_budget` may be spent on edges out of the account's own money; of it, `estate_held` is in the estate and
    held there, the rest comes in with the lot's own spot. `fund_held` is held in the insurance fund.
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
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "book_version", "ordinal"], name="lot_ordinal_unique"),
            models.CheckConstraint(condition=Q(units__gt=0), name="lot_units_positive"),
            models.CheckConstraint(
                condition=Q(equity_budget__gte=0, estate_held__gte=0, fund_held__gte=0),
                name="lot_budget_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book}/{self.ordinal}"

    @property
    def budget(self) -> Budget:
        """What is left of it."""
        return Budget(equity=self.equity_budget, in_estate=self.estate_held, fund=self.fund_held)

    @budget.setter
    def budget(self, budget: Budget) -> None:
        self.equity_budget, self.estate_held, self.fund_held = budget.equity, budget.in_estate, budget.fund

    def spend(self, parts: EdgeParts) -> None:
        """Let an award have these parts of the budget for its edge."""
        self.equity_budget = total([self.equity_budget, -parts.equity])
        self.estate_held = total([self.estate_held, -parts.in_estate])
        self.fund_held = total([self.fund_held, -parts.fund])

    def give_back(self, parts: EdgeParts) -> None:
        """Put these parts into the budget again: their award failed."""
        self.equity_budget = total([self.equity_budget, parts.equity])
        self.estate_held = total([self.estate_held, parts.in_estate])
        self.fund_held = total([self.fund_held, parts.fund])

    def end(self, at: datetime) -> None:
        """Nothing of it is left to be placed, and nothing is held for it any more."""
        self.equity_budget = self.estate_held = self.fund_held = ZERO
        self.ended_at = at


class Step(Row, Stateful, Parkable):
    """One stage of the waterfall for one lot: what came in, what was placed, what is left.

    Since `queued_at` it waits for its auction: `waits_for` has no room for it, and had none at `seen_releases`.
    """

    lifecycle = STEP

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=StepKind)
    state = models.CharField(max_length=16, choices=StepState, default=StepState.READY)
    due_at = models.DateTimeField()
    units_in = models.PositiveIntegerField()
    units_placed = models.PositiveIntegerField(default=0)
    worst_edge_bps = EdgeField(null=True)
    queued_at = models.DateTimeField(null=True)
    waits_for = models.ForeignKey(Cap, models.SET_NULL, null=True, related_name="waiting")
    seen_releases = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "ordinal"], name="step_ordinal_unique"),
            models.CheckConstraint(condition=Q(units_placed__lte=models.F("units_in")), name="step_never_oversold"),
            models.UniqueConstraint(fields=["lot"], condition=~Q(state=StepState.ENDED), name="step_one_under_way"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=~Q(state=StepState.ENDED), name="step_under_way")]

    def __str__(self) -> str:
        return f"{self.lot} {self.kind}"

    def end(self, units_placed: int, at: datetime) -> None:
        """Pass on what was not placed."""
        self.move_to(StepState.ENDED, at)
        self.units_placed = units_placed
