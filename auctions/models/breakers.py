"""What a venue has stopped, by a circuit breaker with levels."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from auctions.models.auctions import Auction
from auctions.rules.breaker import Level
from backstop.models.base import MAX_REASON, Row
from backstop.models.venues import ProductGroup, Venue


class Breaker(Row):
    """The level of a whole venue, one product group or one auction, since `tripped_at`; the highest is in force."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="breakers")
    product_group = models.ForeignKey(ProductGroup, models.PROTECT, null=True, blank=True, related_name="+")
    auction = models.ForeignKey(Auction, models.CASCADE, null=True, blank=True, related_name="breakers")
    level = models.PositiveSmallIntegerField(choices=[(level.value, level.label) for level in Level])
    reason = models.CharField(max_length=MAX_REASON)
    who = models.CharField(max_length=200)
    tripped_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "product_group", "auction"], name="breaker_one_per_scope", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(product_group__isnull=True) | Q(auction__isnull=True), name="breaker_has_one_scope"
            ),
            models.CheckConstraint(condition=Q(level__lte=Level.NO_BIDS.value), name="breaker_level_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="breaker_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["venue", "level"], condition=Q(level__gt=Level.ALL.value), name="breaker_in_force"),
            models.Index(fields=["venue", "created_at", "id"], name="breaker_of_venue"),
        ]

    def set(self, level: Level, reason: str, who: str, at: datetime) -> None:
        """Have this level from now on, set by whom and why; does not save."""
        self.level, self.reason, self.who, self.tripped_at = level, reason, who, at

    def __str__(self) -> str:
        return f"{self.auction or self.product_group or self.venue}: {self.get_level_display()}"
