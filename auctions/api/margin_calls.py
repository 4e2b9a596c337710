"""Covering, as insurer, an account's margin call."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.margin_calls import MarginCallOutput, shown_margin_call
from auctions.operations.provider.cure_margin_call import cure_margin_call
from backstop.api.views import View


class CureMarginCall(View):
    scope = "commitments"

    @extend_schema(operation_id="cureMarginCall", request=None, responses=MarginCallOutput)
    def post(self, request: Request, margin_call_id: UUID) -> Response:
        """Pay, as insurer, what the account lacks out of your collateral; a book of it goes back to the venue."""
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        return Response(self.write(shown_margin_call, cure_margin_call, margin_call_id=margin_call_id, **who))
