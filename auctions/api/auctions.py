"""/v1/auctions: what is on offer at a provider's venue."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.auctions import KINDS, AuctionOutput
from auctions.lifecycle import DECIDED, AuctionState
from auctions.models import Auction, Lot
from auctions.queries import list_auctions
from auctions.rules.disclosure import Disclosure
from auctions.rules.refusals import AuctionRefusal
from backstop.api.views import ListView, View


class AuctionFilters(filters.FilterSet):
    """`product_group` and `instrument` find the auctions with such a position; by its instruments no auction is found
    that does not show them."""

    kind = filters.ChoiceFilter(choices=[(kind, kind) for kind in KINDS])
    state = filters.ChoiceFilter(choices=AuctionState.choices)
    product_group = filters.CharFilter(method="with_product_group")
    instrument = filters.CharFilter(method="with_instrument")

    def with_product_group(self, auctions: QuerySet[Auction], name: str, code: str) -> QuerySet[Auction]:
        return auctions.filter(step__lot__in=Lot.objects.filter(positions__instrument__product_group__code=code))

    def with_instrument(self, auctions: QuerySet[Auction], name: str, symbol: str) -> QuerySet[Auction]:
        shown = auctions.filter(Q(disclosure=Disclosure.FULL.value) | Q(state__in=DECIDED))
        return shown.filter(step__lot__in=Lot.objects.filter(positions__instrument__symbol=symbol))


class Auctions(ListView):
    """The auctions of the provider's venue, newest first."""

    scope = "read"
    model = Auction
    serializer_class = AuctionOutput
    filterset_class = AuctionFilters

    def listed(self) -> QuerySet[Auction]:
        return list_auctions().filter(venue=self.principal.venue)


class OneAuction(View):
    scope = "read"

    @extend_schema(responses=AuctionOutput)
    def get(self, request: Request, auction_id: UUID) -> Response:
        """One auction: what is offered, until when, at what reserve, and what a bid would hold."""
        auction = list_auctions().filter(venue=self.principal.venue, id=auction_id).first()
        if auction is None:
            raise AuctionRefusal.AUCTION_UNKNOWN.error()
        return Response(AuctionOutput(auction, context={"request": request}).data)
