"""Taking units of a Dutch auction at once, what was taken, and the quote of what a take would get."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.takes import QuoteInput, QuoteOutput, TakeConflict, TakeInput, TakeOutput
from auctions.desks.dutch import TakeOrder
from auctions.models import Take
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.provider.take_units import take_units
from auctions.tasks import wake
from backstop.api.parsing import read, reader_of
from backstop.api.views import ListView, RowView, View
from backstop.metering import Cost
from backstop.transactions import perform


class TakeFilters(filters.FilterSet):
    auction_id = filters.UUIDFilter()
    client_bid_id = filters.CharFilter()


class OwnTakes(ListView):
    """What the provider took in Dutch auctions, newest first."""

    scope = "read"
    model = Take
    serializer_class = TakeOutput
    filterset_class = TakeFilters

    def listed(self) -> QuerySet[Take]:
        return Take.objects.filter(provider=self.principal.provider).select_related("auction__step__lot__book__asset")


class OneTake(RowView):
    """One take of the provider's."""

    of = OwnTakes


class Takes(View):
    scope = "bids"
    writing = Cost("bids")
    finds_repeats = True
    conflict = TakeConflict

    @extend_schema(operation_id="takeUnits", request=TakeInput, responses={201: TakeOutput})
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Take units of a Dutch auction at the edge of this instant; once for each `client_bid_id`."""
        order = TakeOrder(**self.body(TakeInput))
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        taken = self.write(_answer, take_units, **who, auction_id=auction_id, order=order)
        wake("settle_awards")
        wake("pass_lots_on")
        return Response(taken, 201)


class OneQuote(View):
    scope = "read"

    def parameters(self) -> Collection[str]:
        return reader_of(QuoteInput).fields

    @extend_schema(parameters=[QuoteInput], responses=QuoteOutput)
    def get(self, request: Request, auction_id: UUID) -> Response:
        """What a take would get and need at this instant, and where its price goes; nothing is taken."""
        asked = read(QuoteInput, request.query_params)
        provider_id = self.principal.provider.id
        quote = perform(quote_take, actor=self.actor, provider_id=provider_id, auction_id=auction_id, **asked)
        return Response(QuoteOutput(quote).data)


def _answer(take: Take) -> Any:
    return dict(TakeOutput(take).data)
