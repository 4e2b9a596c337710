"""/v1/providers/{id}/rating: what premiums, and the limits of covers, go by."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.premiums import RatingInput, RatingOutput
from accounts.operations.covers.rate_provider import rate_provider
from backstop.api.views import View


class RatingOfProvider(View):
    scope = "risk"

    @extend_schema(operation_id="rateProvider", request=RatingInput, responses=RatingOutput)
    def put(self, request: Request, provider_id: UUID) -> Response:
        """Note how a provider is rated: premiums of covers that it insures go by it from now on."""
        sent = self.body(RatingInput)
        said = {"venue_id": self.principal.venue.id, "provider_id": provider_id}
        return Response(self.write(self.showing(RatingOutput), rate_provider, **said, **sent))
