"""Standing ready in a Dutch auction, what one stands ready for, and saying after a long halt that one still does."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.readiness import ReadinessInput, ReadinessOutput, StandsReadyOutput
from auctions.lifecycle import ReadinessState
from auctions.models import Readiness
from auctions.operations.provider.declare_readiness import declare_readiness
from auctions.operations.provider.reconfirm_readiness import reconfirm_readiness
from backstop.api.views import ListView, RowView, View
from backstop.metering import Cost


class ReadinessFilters(filters.FilterSet):
    auction_id = filters.UUIDFilter()
    client_bid_id = filters.CharFilter()
    state = filters.ChoiceFilter(choices=ReadinessState.choices)


class OwnReadiness(ListView):
    """What the provider stands or stood ready for in Dutch auctions, newest first."""

    scope = "read"
    model = Readiness
    serializer_class = ReadinessOutput
    filterset_class = ReadinessFilters

    def listed(self) -> QuerySet[Readiness]:
        return Readiness.objects.filter(provider=self.principal.provider).select_related(
            "auction__step__lot__book__asset"
        )


class OneReadiness(RowView):
    """One row of what the provider stands ready for."""

    of = OwnReadiness


class StandReady(View):
    scope = "bids"
    writing = Cost("bids")
    finds_repeats = True

    @extend_schema(operation_id="standReady", request=ReadinessInput, responses={201: ReadinessOutput})
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Stand ready to take units of a Dutch auction before it ends; once for each `client_bid_id`. It cannot be
        taken back."""
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        order = self.body(ReadinessInput)
        return Response(self.write(_shown, declare_readiness, **who, auction_id=auction_id, **order), 201)


class ReconfirmReadiness(View):
    scope = "bids"
    writing = Cost("bids")

    @extend_schema(operation_id="reconfirmReadiness", request=None, responses=StandsReadyOutput)
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Say after a long halt that you still stand ready for all that you did in this auction."""
        who = {"venue_id": self.principal.venue.id, "provider_id": self.principal.provider.id}
        return Response(self.write(_standing, reconfirm_readiness, **who, auction_id=auction_id))


def _shown(readiness: Readiness) -> Any:
    return dict(ReadinessOutput(readiness).data)


def _standing(units: int) -> Any:
    return {"units": units}
