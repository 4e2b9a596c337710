"""/v1/breakers: a venue's own engine stops part of its market, or lets it go on; and starts an auction anew."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.breakers import BreakerInput, BreakerOutput, RestartedOutput, RestartInput
from auctions.models import Auction, Breaker
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.tasks import wake
from backstop.api.views import ListView, RowView, View


class BreakerFilters(filters.FilterSet):
    level = filters.NumberFilter()
    auction_id = filters.UUIDFilter()


class Breakers(ListView):
    """What the venue has stopped, also what goes on again: level 0."""

    scope = "breakers"
    model = Breaker
    serializer_class = BreakerOutput
    filterset_class = BreakerFilters

    def listed(self) -> QuerySet[Breaker]:
        return Breaker.objects.filter(venue=self.principal.venue).select_related("product_group")

    @extend_schema(request=BreakerInput, responses=BreakerOutput)
    def put(self, request: Request) -> Response:
        """Set the level for the venue, for a product group or for an auction; the same again changes nothing."""
        sent = self.body(BreakerInput)
        shown = self.write(_shown, set_breaker, venue_id=self.principal.venue.id, **sent)
        wake("close_auctions")
        return Response(shown)


class OneBreaker(RowView):
    """What the venue has stopped in one place."""

    of = Breakers


class RestartAuction(View):
    scope = "breakers"

    @extend_schema(request=RestartInput, responses=RestartedOutput)
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Start an auction under way anew, at the marks in force; its bids are void and their providers are told."""
        reason = self.body(RestartInput)["reason"]
        venue_id = self.principal.venue.id
        shown = self.write(_restarted, restart_auction, venue_id=venue_id, auction_id=auction_id, reason=reason)
        return Response(shown)


def _shown(breaker: Breaker) -> Any:
    return dict(BreakerOutput(breaker).data)


def _restarted(auction: Auction) -> Any:
    return dict(RestartedOutput(auction).data)
