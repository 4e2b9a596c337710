"""Coverage in JSON. Amounts are notional, in units of the asset."""

from typing import Any

from rest_framework import serializers

from auctions.models import Side
from backstop.api.parsing import AmountText


class CoverageLineOutput(serializers.Serializer[Any]):
    """One side of a market, by itself: the same collateral may stand behind several."""

    product_group = serializers.CharField(source="market.group.code")
    asset = serializers.CharField(source="market.asset.code")
    side = serializers.ChoiceField(Side.choices)
    capacity = AmountText(source="coverage.capacity")
    without_two_largest = AmountText(source="coverage.without_largest")


class CoverageOutput(serializers.Serializer[Any]):
    """What commitments would take now."""

    as_of = serializers.DateTimeField()
    lines = CoverageLineOutput(many=True)
