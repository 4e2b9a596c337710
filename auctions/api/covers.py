"""/v1/covers/{id}/activate: a cover that everybody signed begins to stand; /v1/covers/{id}/premium: what it costs."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.covers import CoverOutput, shown_cover
from accounts.api.serializers.premiums import PremiumOutput, PrepaymentInput
from accounts.api.serializers.reasons import ReasonInput
from accounts.queries import list_premiums
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.activate_cover import activate_cover
from auctions.operations.venue.prepay_premium import prepay_premium
from backstop.api.views import by_party


class ActivateCover(DeedView):
    scope = "risk"

    @extend_schema(operation_id="activateCover", request=ReasonInput, responses={200: CoverOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Let a cover that every party signed stand from now on: its insurers' pledges are held."""
        sent = self.body(ReasonInput)
        return self.carry_out(shown_cover, activate_cover, cover_id=cover_id, **sent)


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
            return dict(PremiumOutput(list_premiums(venue_id).get(cover=cover_id)).data)

        return self.carry_out(shown, prepay_premium, 201, cover_id=cover_id, **sent)
