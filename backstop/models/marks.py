"""Reference prices: the last one that each source gave for an instrument, those of before, and what was last used."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from backstop.models.base import AmountField, Row
from backstop.models.venues import Instrument


class Mark(Row):
    """A source's last price of an instrument, as of `marked_at`, and the one of its set before."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="marks")
    source = models.CharField(max_length=64, default="venue")
    price = AmountField()
    price_before = AmountField(null=True, editable=False)
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "source"], name="mark_one_per_source"),
            models.CheckConstraint(condition=Q(price__gt=0), name="mark_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.price} ({self.source})"


class PastMark(Row):
    """A price that a source once gave: the first one of each five seconds, for a while."""

    rows_go = True

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    source = models.CharField(max_length=64)
    price = AmountField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(price__gt=0), name="past_mark_price_positive")]
        indexes = [
            models.Index(fields=["instrument", "marked_at"], name="past_mark_of_instrument"),
            models.Index(fields=["created_at"], name="past_mark_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.price} ({self.source})"


class UsedMark(Row):
    """The reference that something was last priced with: what the next one is a jump against."""

    instrument = models.OneToOneField(Instrument, models.PROTECT, related_name="used_mark")
    price = AmountField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(price__gt=0), name="used_mark_price_positive")]

    def __str__(self) -> str:
        return f"{self.instrument} {self.price}"

    def use(self, price: Decimal, at: datetime) -> None:
        """Something was priced with this; does not save."""
        self.price, self.used_at = price, at
