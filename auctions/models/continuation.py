"""What units of a product group are reckoned to cost in the step after a sealed auction."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from backstop.models.base import EdgeField, Row
from backstop.models.venues import ProductGroup, Venue


class ContinuationEdge(Row):
    """A product group's continuation edge, once a Dutch auction has moved it; before, it is the sealed reserve."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="continuation_edges")
    product_group = models.OneToOneField(ProductGroup, models.PROTECT, related_name="continuation_edge")
    edge_bps = EdgeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(edge_bps__gte=0), name="continuation_edge_not_negative")]

    def __str__(self) -> str:
        return f"continuation edge of {self.product_group}"

    def move(self, edge_bps: Decimal) -> None:
        """Be this from now on; does not save."""
        self.edge_bps = edge_bps
