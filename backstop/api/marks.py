"""POST /v1/marks: a venue's reference prices, in batches."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.parsing import AmountField, StrictSerializer, TextField
from backstop.api.views import View
from backstop.models import Mark
from backstop.operations.marks import Quote, set_marks

MAX_MARKS = 1000


class QuoteSerializer(StrictSerializer):
    instrument = TextField(max_length=64)
    price = AmountField(positive=True)
    marked_at = serializers.DateTimeField(required=False, help_text="Now, where it is left out.")
    source = TextField(max_length=64, default="venue")  # type: ignore[assignment]


class QuotesSerializer(StrictSerializer):
    marks = QuoteSerializer(many=True, allow_empty=False, max_length=MAX_MARKS)  # type: ignore[call-arg]


class MarksTaken(serializers.Serializer[Any]):
    taken = serializers.IntegerField()


class Marks(View):
    scope = "marks"

    @extend_schema(request=QuotesSerializer, responses={200: MarksTaken})
    def post(self, request: Request) -> Response:
        """Set the reference prices of up to 1,000 instruments: all of the batch, or none of it."""
        quotes = [
            Quote(one["instrument"], one["price"], one.get("marked_at"), one["source"])
            for one in self.body(QuotesSerializer)["marks"]
        ]
        return Response(self.write(_answer, set_marks, venue_id=self.principal.venue.id, quotes=quotes))


def _answer(marks: Sequence[Mark]) -> dict[str, int]:
    return {"taken": len(marks)}
