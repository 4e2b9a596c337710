"""Instruments in JSON."""

from rest_framework import serializers

from backstop.api.parsing import AmountText
from backstop.models import Instrument, InstrumentKind


class InstrumentOutput(serializers.ModelSerializer[Instrument]):
    """Quantities are multiples of `quantity_step`; `margin_rate` is a fraction of notional, in `settlement_asset`. No
    book is received with one that is not listed."""

    kind = serializers.ChoiceField(InstrumentKind.choices)
    product_group = serializers.CharField(source="product_group.code")
    settlement_asset = serializers.CharField(source="settlement_asset.code")
    quantity_step = AmountText(source="step_in_force")
    margin_rate = AmountText(source="rate_in_force")
    is_listed = serializers.BooleanField()

    class Meta:
        model = Instrument
        fields = [
            "id",
            "created_at",
            "symbol",
            "kind",
            "product_group",
            "settlement_asset",
            "quantity_step",
            "margin_rate",
            "is_listed",
        ]
