"""/v1/auctions: what is on offer at a provider's venue, and taking units of a Dutch auction at once."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.operations.keys import KeyRevoked
from auctions.api.serializers.auctions import KINDS, AuctionOutput
from auctions.api.serializers.takes import QuoteInput, QuoteOutput, TakeInput, TakeOutput
from auctions.lifecycle import AuctionState
from auctions.models import Auction, Lot, Take
from auctions.models.auctions import DECIDED
from auctions.operations.loading import AuctionUnknown
from auctions.operations.quoting import quote_take
from auctions.operations.taking import TakeOrder, take_units
from auctions.queries import AUCTION_LEVEL
from auctions.rules.disclosure import Disclosure
from auctions.tasks import wake
from backstop.api.views import ListView, View
from backstop.clock import DatabaseNow


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
        return _shown().filter(venue=self.principal.venue)


class OneAuction(View):
    scope = "read"

    @extend_schema(responses=AuctionOutput)
    def get(self, request: Request, auction_id: UUID) -> Response:
        """One auction: what is offered, until when, at what reserve, and what a bid would reserve."""
        auction = _shown().filter(venue=self.principal.venue, id=auction_id).first()
        if auction is None:
            raise AuctionUnknown("there is no such auction")
        return Response(AuctionOutput(auction, context={"request": request}).data)


class Takes(View):
    scope = "bids"

    @extend_schema(request=TakeInput, responses={201: TakeOutput})
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Take units of a Dutch auction at the edge of this instant; once for each `client_bid_id`."""
        order = TakeOrder(**self.body(TakeInput))
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        try:
            taken = self.write(_answer, take_units, **who, auction_id=auction_id, order=order)
        except KeyRevoked as revoked:
            raise AuthenticationFailed(revoked.message, code=revoked.code) from None
        wake("settle_awards")
        wake("pass_lots_on")
        return Response(taken, 201)


class OneQuote(View):
    scope = "read"

    @extend_schema(parameters=[QuoteInput], responses=QuoteOutput)
    def get(self, request: Request, auction_id: UUID) -> Response:
        """What a take would get and need at this instant, and where its price goes; nothing is taken."""
        asked = QuoteInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        provider_id = self.principal.provider.id
        quote = quote_take(provider_id=provider_id, auction_id=auction_id, **asked.validated_data)
        return Response(QuoteOutput(quote).data)


def _shown() -> QuerySet[Auction]:
    auctions = Auction.objects.annotate(read_at=DatabaseNow(), level_set=AUCTION_LEVEL)
    return auctions.select_related("step__lot__book__asset").prefetch_related(
        "step__lot__positions__instrument__product_group"
    )


def _answer(take: Take) -> Any:
    return dict(TakeOutput(take).data)
