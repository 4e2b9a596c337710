"""How much of a venue's, or a product group's, notional may be in auctions at once, and how much is."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset, ProductGroup, Venue
from backstop.values.amounts import difference, total


class Cap(Row):
    """A limit, with the running total of what is outstanding: the units on offer at their lots' notional at intake.

    `ceiling` is the limit, or what was outstanding already when the limit was lowered below it. Each release counts in
    `releases`: a step that waits looks again once there were more of them.
    """

    rows_go = True

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, null=True, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    limit = AmountField()
    ceiling = AmountField()
    outstanding = AmountField(default=0)
    releases = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "asset", "product_group"], nulls_distinct=False, name="cap_scope_unique"
            ),
            models.CheckConstraint(condition=Q(limit__gte=0), name="cap_limit_not_negative"),
            models.CheckConstraint(condition=Q(outstanding__gte=0), name="cap_outstanding_not_negative"),
            models.CheckConstraint(
                condition=Q(outstanding__lte=F("ceiling"), ceiling__gte=F("limit")), name="cap_never_exceeded"
            ),
        ]

    @property
    def scope(self) -> str:
        """What it is a cap on, in words."""
        return f"product group {self.product_group}" if self.product_group else f"venue {self.venue}"

    def begin(self, outstanding: Decimal) -> None:
        """Count so much in from the start, be it more than the limit."""
        self.outstanding = outstanding
        self.ceiling = max(self.limit, outstanding)

    def take(self, amount: Decimal) -> None:
        """Count so much in, for which there is room."""
        self.outstanding = total([self.outstanding, amount])

    def release(self, amount: Decimal) -> None:
        """Count so much out."""
        self.outstanding = difference(self.outstanding, amount)
        self._make_room()

    def set_limit(self, limit: Decimal) -> None:
        """Have another limit from now on, whatever is outstanding."""
        self.limit = limit
        self._make_room()

    def _make_room(self) -> None:
        self.ceiling = max(self.limit, self.outstanding)
        self.releases += 1

    def __str__(self) -> str:
        return f"cap on {self.scope} in {self.asset}"
