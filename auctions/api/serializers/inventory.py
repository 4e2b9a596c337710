"""The fund's inventory in JSON."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from auctions.models import FundInventory, TakeOver
from backstop.api.parsing import AmountText
from backstop.values.amounts import total


class TakeOverOutput(serializers.ModelSerializer[TakeOver]):
    """What the fund took over of a book, at `cost`, and what is left of it: sold oldest first. `result` is what it
    gained until its `mark`, less what its sales cost; `unpaid` a loss that the fund cannot bear yet."""

    quantity = AmountText()
    quantity_left = AmountText()
    cost = AmountText()
    mark = AmountText(source="marked_price")
    result = AmountText()
    unpaid = AmountText()

    class Meta:
        model = TakeOver
        fields = [
            "id",
            "created_at",
            "book_id",
            "side",
            "quantity",
            "quantity_left",
            "cost",
            "mark",
            "result",
            "unpaid",
        ]


class InventoryOutput(serializers.ModelSerializer[FundInventory]):
    """`quantity` is long above zero, short below; awards under way are in it. `mark` is what it was last valued at,
    `age_seconds` that of the oldest take-over of which something is left, `result` that of all of these."""

    instrument = serializers.CharField(source="instrument.symbol")
    quantity = AmountText()
    mark = serializers.SerializerMethodField()
    age_seconds = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    take_overs = TakeOverOutput(source="instrument.under_way", many=True)

    class Meta:
        model = FundInventory
        fields = ["id", "created_at", "instrument", "quantity", "mark", "age_seconds", "result", "take_overs"]

    def get_mark(self, held: Any) -> str | None:
        return next((AmountText().to_representation(row.marked_price) for row in held.instrument.under_way), None)

    def get_age_seconds(self, held: Any) -> int | None:
        rows = held.instrument.under_way
        return int((held.read_at - rows[0].created_at).total_seconds()) if rows else None

    def get_result(self, held: Any) -> str:
        results: list[Decimal] = [row.result for row in held.instrument.under_way]
        return AmountText().to_representation(total(results))
