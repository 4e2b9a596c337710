"""Holdings in JSON, and who a key stands for."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import AmountField, StrictSerializer, TextField, WholeField

MAX_HOLDINGS = 1000


class HoldingInput(StrictSerializer):
    instrument = TextField(max_length=64)
    quantity = AmountField(help_text="Long above zero, short below.")


class HoldingsInput(StrictSerializer):
    included_sequence = WholeField(maximum=2**63 - 1, help_text="The last settlement that this report includes.")
    holdings = HoldingInput(many=True, max_length=MAX_HOLDINGS)  # type: ignore[call-arg]


class HoldingOutput(serializers.Serializer[Any]):
    """`quantity` is what was reported, with later settlements and awards under way on top."""

    instrument = serializers.CharField(source="instrument.symbol")
    reported_quantity = AmountField()
    quantity = AmountField()


class HoldingsOutput(serializers.Serializer[Any]):
    provider_id = serializers.UUIDField()
    included_sequence = serializers.IntegerField()
    holdings = HoldingOutput(many=True)


class MeOutput(serializers.Serializer[Any]):
    key = serializers.CharField(source="prefix")
    label = serializers.CharField()  # type: ignore[assignment]
    scopes = serializers.ListField(child=serializers.CharField())
    venue = serializers.CharField(source="venue.code")
    provider_id = serializers.UUIDField(source="provider.id", default=None, allow_null=True)
    provider = serializers.CharField(source="provider.name", default=None, allow_null=True)
    state = serializers.CharField(source="provider.state", default=None, allow_null=True)
