"""Who is obliged for a loss event: providers that stood behind their venue as it opened, by what they contributed."""

from django.db import models
from django.db.models import Q

from accounts.models.losses import LossEvent
from accounts.models.people import Provider
from accounts.rules.sharing.quality import Quality
from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset


class Obligation(Row):
    """What a provider had contributed in an asset as a loss event opened: by this weight it pays what is left once the
    event is final, in an order that the `quality` of its bids says, which is known then. Until then its contribution
    does not leave."""

    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="obligations")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="obligations")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    contribution = AmountField()
    quality = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Quality], blank=True, default=""
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loss_event", "provider", "asset"], name="obligation_once"),
            models.CheckConstraint(condition=Q(contribution__gt=0), name="obligation_of_a_contribution"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} for {self.loss_event}"

    def judge(self, quality: Quality) -> None:
        """Know how well its provider bid; does not save."""
        self.quality = quality.value
