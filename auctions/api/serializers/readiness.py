"""Readiness in Dutch auctions, in JSON."""

from typing import Any

from rest_framework import serializers

from auctions.lifecycle import ReadinessState
from auctions.models import Readiness
from backstop.api.parsing import AmountText, StrictSerializer, TextField, UnitsField


class ReadinessInput(StrictSerializer):
    """You stand ready to take so many units before the auction ends, at its last edge: firm, and without a price."""

    client_bid_id = TextField(max_length=64)
    units = UnitsField()


class ReadinessOutput(serializers.ModelSerializer[Readiness]):
    """`units_left` is what your own takes have left of `units`; `take_id` what the auction's end gave you."""

    auction_id = serializers.UUIDField()
    state = serializers.ChoiceField(ReadinessState.choices)
    held = AmountText(help_text="Of your collateral, for what is left.")
    take_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Readiness
        fields = [
            "id",
            "created_at",
            "auction_id",
            "client_bid_id",
            "units",
            "units_left",
            "state",
            "held",
            "take_id",
            "reconfirmed_at",
            "void_reason",
        ]


class StandsReadyOutput(serializers.Serializer[Any]):
    units = serializers.IntegerField(help_text="For how many units you stand ready now.")
