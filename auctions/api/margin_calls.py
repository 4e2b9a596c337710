"""Asking insurers for what an account lacks, and paying it as one of them; its books go back to the venue."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.margin_calls import MarginCallInput, MarginCallOutput, shown_margin_call
from auctions.operations.provider.cure_margin_call import cure_margin_call
from auctions.operations.venue.call_margin import call_margin
from backstop.api.views import View


class CallMargin(DeedView):
    scope = "risk"

    @extend_schema(operation_id="callMargin", request=MarginCallInput, responses={201: MarginCallOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Ask the cover's insurers whether one of them pays what an account lacks; once for each reference. Where that
        may stop the account's books, it may need two persons, as taking them back does."""
        sent = self.body(MarginCallInput)
        return self.carry_out(shown_margin_call, call_margin, 201, cover_id=cover_id, **sent)


class CureMarginCall(View):
    scope = "commitments"

    @extend_schema(operation_id="cureMarginCall", request=None, responses=MarginCallOutput)
    def post(self, request: Request, margin_call_id: UUID) -> Response:
        """Pay, as insurer, what the account lacks out of your collateral; its books go back to the venue."""
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        return Response(self.write(shown_margin_call, cure_margin_call, margin_call_id=margin_call_id, **who))
