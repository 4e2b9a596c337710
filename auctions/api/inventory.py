"""/v1/inventory: what a venue's fund holds."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from auctions.api.serializers.inventory import InventoryOutput
from auctions.models import FundInventory
from auctions.queries import list_inventory
from backstop.api.views import ListView, RowView


class InventoryFilters(filters.FilterSet):
    instrument = filters.CharFilter(field_name="instrument__symbol")


class Inventory(ListView):
    """What the venue's fund holds of each instrument, or once held: what nobody else took, until it is sold again."""

    scope = "holdings"
    model = FundInventory
    serializer_class = InventoryOutput
    filterset_class = InventoryFilters

    def listed(self) -> QuerySet[FundInventory]:
        return list_inventory().filter(venue=self.principal.venue)


class OneOfInventory(RowView):
    """What the venue's fund holds of one instrument."""

    of = Inventory
