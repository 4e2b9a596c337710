"""/v1/marks: a venue's reference prices, sent in batches by source, and what the sources say together."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backstop import clock
from backstop.api.serializers.marks import MarksTaken, QuotesSerializer, ReferenceOutput
from backstop.api.views import ListView, by_party
from backstop.desks.marks import MarkQuote
from backstop.models import Instrument, Mark
from backstop.operations.set_marks import set_marks
from backstop.queries import get_mark_terms, list_known_prices
from backstop.values.marks import NOTHING_KNOWN, age_seconds, reference_of


class MarkFilters(filters.FilterSet):
    instrument = filters.CharFilter(field_name="symbol")


class Marks(ListView):
    """What the sources say of each instrument; a venue asks with the scope `marks`, a provider with `read`."""

    write_scope = "marks"
    timed = False
    model = Instrument
    serializer_class = ReferenceOutput
    filterset_class = MarkFilters

    scope = by_party("marks")

    def listed(self) -> QuerySet[Instrument]:
        return Instrument.objects.filter(venue=self.principal.venue)

    def paginate_queryset(self, queryset: Any) -> Any:
        instruments = super().paginate_queryset(queryset) or []
        return list(_references(self.principal.venue.id, instruments, self.database))

    @extend_schema(operation_id="setMarks", request=QuotesSerializer, responses={200: MarksTaken})
    def post(self, request: Request) -> Response:
        """Set the reference prices of up to 1,000 instruments: all of the batch, or none of it."""
        quotes = [
            MarkQuote(one["instrument"], one["price"], one.get("marked_at"), one["source"])
            for one in self.body(QuotesSerializer)["marks"]
        ]
        return Response(self.write(_answer, set_marks, venue_id=self.principal.venue.id, quotes=quotes))


def _answer(marks: Sequence[Mark]) -> dict[str, int]:
    return {"taken": len(marks)}


def _references(venue_id: UUID, instruments: Sequence[Instrument], database: str) -> Iterator[dict[str, Any]]:
    """What is shown of each instrument, by the terms of the venue's new books and the marks in this database."""
    now, terms = clock.now(), get_mark_terms(venue_id)
    prices = list_known_prices([instrument.id for instrument in instruments], database)
    for instrument in instruments:
        reference = reference_of(prices.get(instrument.id, NOTHING_KNOWN), terms, now)
        yield {
            "instrument": instrument.symbol,
            "price": reference.price,
            "marked_at": reference.marked_at,
            "jumped_to": reference.jumped_to,
            "min_sources": terms.min_sources,
            "sources": [
                {
                    "source": one.last.source,
                    "price": one.last.price,
                    "marked_at": one.last.marked_at,
                    "age_seconds": age_seconds(one.last, now),
                    "standing": one.standing,
                    "deviation_bps": one.deviation_bps,
                }
                for one in reference.judged
            ],
        }
