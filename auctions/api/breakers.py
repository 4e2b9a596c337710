"""/v1/breakers: a venue's own engine stops part of its market, or lets it go on; and starts an auction anew."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.reasons import ReasonInput
from auctions.api.serializers.breakers import BreakerInput, BreakerOutput, RestartedOutput
from auctions.models import Auction, Breaker
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.tasks import wake
from backstop.api.views import ListView, RowView


class BreakerFilters(filters.FilterSet):
    level = filters.NumberFilter()
    auction_id = filters.UUIDFilter()


class Breakers(DeedView, ListView):
    """What the venue has stopped, also what goes on again: level 0."""

    scope = "breakers"
    model = Breaker
    serializer_class = BreakerOutput
    filterset_class = BreakerFilters

    def listed(self) -> QuerySet[Breaker]:
        return Breaker.objects.filter(venue=self.principal.venue).select_related("product_group")

    @extend_schema(operation_id="setBreaker", request=BreakerInput, responses={200: BreakerOutput, **PENDING})
    def put(self, request: Request) -> Response:
        """Set the level for the venue, for a product group or for an auction; the same again changes nothing."""
        sent = self.body(BreakerInput)
        answer = self.carry_out(_shown, set_breaker, **sent)
        wake("close_auctions")
        return answer


class OneBreaker(RowView):
    """What the venue has stopped in one place."""

    of = Breakers


class RestartAuction(DeedView):
    scope = "breakers"

    @extend_schema(operation_id="restartAuction", request=ReasonInput, responses={200: RestartedOutput, **PENDING})
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Start an auction under way anew, at the marks in force; its bids are void and their providers are told."""
        reason = self.body(ReasonInput)["reason"]
        return self.carry_out(_restarted, restart_auction, auction_id=auction_id, reason=reason)


def _shown(breaker: Breaker) -> Any:
    return dict(BreakerOutput(breaker).data)


def _restarted(auction: Auction) -> Any:
    return dict(RestartedOutput(auction).data)
