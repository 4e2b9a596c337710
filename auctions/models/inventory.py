"""What the insurance fund had to take over: its holdings, seen as stock that can be sold again, and each take-over."""

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q, QuerySet

from accounts.models import Holding
from auctions.models.awards import Award, ExactField
from auctions.models.books import Book, Position, Side
from auctions.rules.inventory import Stock, counted_result, result_of
from backstop.models.base import AmountField, Row, Rows, Swept
from backstop.models.venues import Asset, Instrument, Venue
from backstop.values.amounts import ZERO, difference, multiply, total


class _OfFunds(Rows["FundInventory"]):
    def get_queryset(self) -> QuerySet["FundInventory"]:
        return super().get_queryset().filter(provider=None)


class FundInventory(Holding):
    """What a venue's fund holds, or once held, of an instrument."""

    objects: ClassVar[_OfFunds] = _OfFunds()

    class Meta:
        proxy = True
        verbose_name_plural = "fund inventory"


class TakeOver(Row, Swept):
    """What a venue's fund took over of one position with an award, and what is left of that: consumed oldest first.

    `cost` is what it was worth then, `proceeds` what the consumed part was worth when it went, both exact; `edges` were
    paid to sell it. Of what a contract gained until `marked_price`, so much was `moved` into the fund; `unpaid` is a
    loss that the fund could not bear yet. `counted` is its result for its book's loss event, once that is final.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="take_overs")
    book = models.ForeignKey(Book, models.PROTECT, related_name="take_overs")
    award = models.ForeignKey(Award, models.PROTECT, related_name="take_overs")
    position = models.ForeignKey(Position, models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField()
    side = models.CharField(max_length=8, choices=Side)
    quantity = AmountField()
    quantity_left = AmountField()
    cost = ExactField()
    proceeds = ExactField(default=ZERO)
    edges = AmountField(default=0)
    marked_price = AmountField()
    moved = AmountField(default=0)
    unpaid = AmountField(default=0)
    counted = AmountField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "number"], name="take_over_number_unique"),
            models.UniqueConstraint(fields=["award", "position"], name="take_over_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity_left__range=(0, F("quantity"))), name="take_over_never_oversold"
            ),
            models.CheckConstraint(condition=Q(marked_price__gt=0), name="take_over_mark_positive"),
            models.CheckConstraint(condition=Q(unpaid__gte=0), name="take_over_unpaid_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["instrument", "number"],
                condition=Q(quantity_left__gt=0) | Q(unpaid__gt=0),
                name="take_over_under_way",
            ),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="take_over_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity_left} of {self.instrument}, of {self.book}"

    UNDER_WAY = Q(quantity_left__gt=0) | Q(unpaid__gt=0)

    @property
    def stock(self) -> Stock:
        """As the rules see it."""
        return Stock(self.side, self.quantity, self.quantity_left, self.cost, self.proceeds, self.edges)

    @property
    def result(self) -> Decimal:
        """What it gained until its mark, less what its sales cost."""
        return result_of(self.stock, self.marked_price, self.asset.scale)

    def consume(self, quantity: Decimal, price: Decimal) -> None:
        """Let so much of it go at this price."""
        self.quantity_left = difference(self.quantity_left, quantity)
        self.proceeds = total([self.proceeds, multiply(quantity, price)])

    def bear(self, edge: Decimal) -> None:
        """Its sale cost so much."""
        self.edges = total([self.edges, edge])

    def count(self) -> None:
        """Say what it cost its loss event, whatever comes of the rest."""
        haircut = self.book.playbook.inventory_haircut_bps
        self.counted = counted_result(self.stock, self.marked_price, haircut, self.asset.scale)

    def move(self, amount: Decimal, unpaid: Decimal) -> None:
        """So much of its result was moved into the fund, and so much of a loss is still to be."""
        self.moved, self.unpaid = total([self.moved, amount]), unpaid


class InventorySale(Row):
    """What went of a take-over with an award of a book of its fund: `notional` is what that was worth then, exact."""

    take_over = models.ForeignKey(TakeOver, models.PROTECT, related_name="sales")
    award = models.ForeignKey(Award, models.PROTECT, related_name="sales")
    quantity = AmountField()
    notional = ExactField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["take_over", "award"], name="inventory_sale_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_sale_positive"),
        ]
        triggers = [pgtrigger.Protect(name="inventory_sale_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.take_over}"
