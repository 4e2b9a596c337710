"""/v1/providers/{id}/bindings: what binds a provider's money, why, and until when."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.desks.people import find_provider
from auctions.api.serializers.bindings import BindingOutput
from auctions.queries.bindings import hide_offers, list_bindings
from backstop.api.views import View, by_party


class BindingsOfProvider(View):
    """Of one provider; a provider asks with `read`, for itself."""

    scope = by_party("collateral")

    @extend_schema(responses=BindingOutput(many=True))
    def get(self, request: Request, provider_id: UUID) -> Response:
        """What holds its collateral, or else keeps its money from leaving: what time frees first in front. Its venue
        sees bids and readiness in sums that name no auction. What its equity there lacks stands in its exposure."""
        own = self.principal.provider
        bindings = list_bindings(find_provider(self.principal.venue.id, provider_id, own))
        return Response(BindingOutput(bindings if own else hide_offers(bindings), many=True).data)
