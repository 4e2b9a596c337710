"""What is taken in Dutch auctions."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Provider
from auctions.models.auctions import MAX_CLIENT_BID_ID, Auction
from backstop.models.base import EdgeField, FrozenJSONField, Row


class Take(Row):
    """An immediate taking of units of a Dutch auction, at the edge of that instant, within what its taker asked for; or
    what the auction's end gave to who stood ready (`readiness`), at the last edge. `priced_by` is by what, as its
    link of the book's chain says it; none where release 0.2.0 made it."""

    auction = models.ForeignKey(Auction, models.CASCADE, related_name="takes")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="takes")
    client_bid_id = models.CharField(max_length=MAX_CLIENT_BID_ID)
    max_units = models.PositiveIntegerField()
    min_units = models.PositiveIntegerField(default=1)
    edge_floor_bps = EdgeField(null=True)
    book_version = models.PositiveIntegerField(null=True)
    units = models.PositiveIntegerField()
    edge_bps = EdgeField()
    priced_by = FrozenJSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "client_bid_id"], name="take_client_id_unique"),
            models.CheckConstraint(
                condition=Q(units__gt=0, units__gte=F("min_units"), units__lte=F("max_units")), name="take_units_within"
            ),
            models.CheckConstraint(
                condition=Q(edge_floor_bps__isnull=True) | Q(edge_bps__gte=F("edge_floor_bps")),
                name="take_edge_not_below_floor",
            ),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="take_of_provider")]

    def __str__(self) -> str:
        return f"take {self.client_bid_id}"
