"""Who is obliged for what a loss event owes at its end: providers that stood behind their venue as it opened."""

from django.db import models
from django.db.models import Q

from accounts.models.losses import LossEvent
from accounts.models.people import Provider
from accounts.rules.sharing.quality import Quality
from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset


class Obligation(Row):
    """What a provider had contributed in an asset as a loss event opened that owes something in it once it is final: by
    this weight it pays of that, in an order that the `quality` of its bids says."""

    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="obligations")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="obligations")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    contribution = AmountField()
    quality = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Quality])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loss_event", "provider", "asset"], name="obligation_once"),
            models.CheckConstraint(condition=Q(contribution__gt=0), name="obligation_of_a_contribution"),
            models.CheckConstraint(
                condition=Q(quality__in=[each.value for each in Quality]), name="obligation_has_its_quality"
            ),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="obligation_of_provider")]

    def __str__(self) -> str:
        return f"{self.provider} for {self.loss_event}"
