"""The fund's inventory in JSON."""

from rest_framework import serializers

from auctions.models import FundInventory
from backstop.api.parsing import AmountText


class InventoryOutput(serializers.ModelSerializer[FundInventory]):
    """`quantity` is long above zero, short below; awards under way are in it."""

    instrument = serializers.CharField(source="instrument.symbol")
    quantity = AmountText()

    class Meta:
        model = FundInventory
        fields = ["id", "created_at", "instrument", "quantity"]
