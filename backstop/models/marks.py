"""Reference prices: the last one that each source gave for an instrument."""

from django.db import models
from django.db.models import Q

from backstop.models.base import AmountField, Row
from backstop.models.venues import Instrument


class Mark(Row):
    """A source's last price of an instrument, as of `marked_at`."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="marks")
    source = models.CharField(max_length=64, default="venue")
    price = AmountField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "source"], name="mark_one_per_source"),
            models.CheckConstraint(condition=Q(price__gt=0), name="mark_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.price} ({self.source})"
