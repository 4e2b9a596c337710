"""Collateral in JSON, as it goes in and out."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import AmountText, StrictSerializer, TextField


class CollateralInput(StrictSerializer):
    provider_id = serializers.UUIDField()
    asset = TextField(max_length=32)
    amount = AmountText(help_text="Below zero: a withdrawal.")
    reference = TextField(max_length=128)


class CollateralOutput(serializers.Serializer[Any]):
    """`id` is the transfer's."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    provider_id = serializers.UUIDField()
    asset = serializers.CharField()
    amount = AmountText()
    reference = serializers.CharField()
