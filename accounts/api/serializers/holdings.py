"""Holdings in JSON, as they are reported and as they stand."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import AmountText, StrictSerializer, TextField, WholeField

MAX_HOLDINGS = 1000


class HoldingInput(StrictSerializer):
    instrument = TextField(max_length=64)
    quantity = AmountText(help_text="Long above zero, short below.")


class HoldingsInput(StrictSerializer):
    included_sequence = WholeField(
        maximum=2**63 - 1,
        help_text="The last settlement of this provider that the report includes: its `sequence`; 0 before the first.",
    )
    holdings = HoldingInput(many=True, max_length=MAX_HOLDINGS)  # type: ignore[call-arg]


class HoldingOutput(serializers.Serializer[Any]):
    """`quantity` is what was reported, with later settlements and awards under way on top."""

    instrument = serializers.CharField(source="instrument.symbol")
    reported_quantity = AmountText()
    quantity = AmountText()


class HoldingsOutput(serializers.Serializer[Any]):
    provider_id = serializers.UUIDField()
    included_sequence = serializers.IntegerField()
    holdings = HoldingOutput(many=True)
