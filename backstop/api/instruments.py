"""/v1/instruments: what a venue trades."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from backstop import clock
from backstop.api.serializers.instruments import InstrumentOutput
from backstop.api.views import ListView, RowView, by_party
from backstop.models import Instrument, InstrumentKind
from backstop.queries import list_instruments


class InstrumentFilters(filters.FilterSet):
    symbol = filters.CharFilter()
    kind = filters.ChoiceFilter(choices=InstrumentKind.choices)
    product_group = filters.CharFilter(field_name="product_group__code")


class Instruments(ListView):
    """The venue's contracts with the terms in force, newest first; a venue asks with `marks`, others with `read`."""

    model = Instrument
    serializer_class = InstrumentOutput
    filterset_class = InstrumentFilters

    scope = by_party("marks")

    def listed(self) -> QuerySet[Instrument]:
        instruments = list_instruments(self.principal.venue.id, clock.now())
        return instruments.select_related("product_group", "settlement_asset")


class OneInstrument(RowView):
    """One contract of the venue, with the terms in force."""

    of = Instruments
