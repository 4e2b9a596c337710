"""Marks in JSON, as sources send them and as they stand together."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import AmountText, EdgeText, MomentField, StrictSerializer, TextField
from backstop.values.marks import MarkStanding

MAX_MARKS = 1000


class QuoteSerializer(StrictSerializer):
    instrument = TextField(max_length=64)
    price = AmountText(positive=True)
    marked_at = MomentField(required=False, help_text="Now, where it is left out.")
    source = TextField(max_length=64, default="venue")  # type: ignore[assignment]


class QuotesSerializer(StrictSerializer):
    marks = QuoteSerializer(many=True, allow_empty=False, max_length=MAX_MARKS)  # type: ignore[call-arg]


class MarksTaken(serializers.Serializer[Any]):
    taken = serializers.IntegerField()


class SourceOutput(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    price = AmountText()
    marked_at = serializers.DateTimeField()
    age_seconds = serializers.IntegerField(min_value=0)
    standing = serializers.ChoiceField(
        [each.value for each in MarkStanding],
        help_text="USED counts for the reference; STALE is too old; OUTLIER is too far from the median.",
    )
    deviation_bps = EdgeText(
        allow_null=True, help_text="How far from the median of all fresh sources; null where it is stale."
    )


class ReferenceOutput(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    price = AmountText(
        allow_null=True, help_text="Null where too few fresh sources agree or it jumped: then nothing is priced."
    )
    jumped_to = AmountText(
        allow_null=True,
        help_text="A price too far from the one last used: until it is confirmed nothing is priced. Null for none.",
    )
    marked_at = serializers.DateTimeField(allow_null=True, help_text="As of the oldest mark behind the price.")
    min_sources = serializers.IntegerField(help_text="How many sources a price needs.")
    sources = SourceOutput(many=True)
