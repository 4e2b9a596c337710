"""Conditions and regimes of markets in JSON."""

from typing import Any

from rest_framework import serializers

from auctions.rules.regimes import SHARE_SCALE, Regime
from backstop.api.parsing import AmountText, EdgeText, MomentField, StrictSerializer, TextField


class MarketConditionsInput(StrictSerializer):
    product_group = TextField(max_length=64)
    at = MomentField(required=False, help_text="Now, where it is left out.")
    depth = AmountText(not_negative=True)
    spread_bps = EdgeText(not_negative=True)
    volatility_bps = EdgeText(not_negative=True)
    stale_share = AmountText(not_negative=True, scale=SHARE_SCALE)


class MarketConditionsOutput(serializers.Serializer[Any]):
    product_group = serializers.CharField()
    regime = serializers.ChoiceField([each.value for each in Regime])
    began_at = serializers.DateTimeField()
    reported_at = serializers.DateTimeField()
    depth = AmountText()
    spread_bps = EdgeText()
    volatility_bps = EdgeText()
    stale_share = AmountText()
