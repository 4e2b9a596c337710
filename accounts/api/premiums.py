"""/v1/covers/{id}/premium: what a cover costs and is paid in advance; /v1/providers/{id}/rating: what that goes by."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.premiums import PremiumOutput, PrepaymentInput, RatingInput, RatingOutput
from accounts.models import CoverPremium
from accounts.operations.covers.prepay_premium import prepay_premium
from accounts.operations.covers.rate_provider import rate_provider
from accounts.queries import list_premiums
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import View, by_party


class PremiumOfCover(DeedView):
    """A venue sees every cover's; a provider those that it insures."""

    scope = by_party("risk")
    write_scope = "fund"

    @extend_schema(responses=PremiumOutput)
    def get(self, request: Request, cover_id: UUID) -> Response:
        """What the cover costs, by which rates, and how much is left of what was paid in advance."""
        own = self.principal.provider
        premiums = list_premiums(self.principal.venue.id)
        mine = premiums if own is None else premiums.filter(cover__shares__provider=own)
        premium = mine.filter(cover=cover_id).first()
        if premium is None:
            raise AccountRefusal.COVER_UNKNOWN.error()
        return Response(PremiumOutput(premium).data)

    @extend_schema(operation_id="prepayPremium", request=PrepaymentInput, responses={201: PremiumOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Pay for the cover in advance, through the venue, or take back what is left; once for each reference."""
        sent = self.body(PrepaymentInput)
        venue_id = self.principal.venue.id

        def shown(_: object) -> Any:
            return _shown(list_premiums(venue_id).get(cover=cover_id))

        return self.carry_out(shown, prepay_premium, 201, cover_id=cover_id, **sent)


class RatingOfProvider(View):
    scope = "risk"

    @extend_schema(operation_id="rateProvider", request=RatingInput, responses=RatingOutput)
    def put(self, request: Request, provider_id: UUID) -> Response:
        """Note how a provider is rated: premiums of covers that it insures go by it from now on."""
        sent = self.body(RatingInput)
        said = {"venue_id": self.principal.venue.id, "provider_id": provider_id}
        return Response(self.write(self.showing(RatingOutput), rate_provider, **said, **sent))


def _shown(premium: CoverPremium) -> Any:
    return dict(PremiumOutput(premium).data)
