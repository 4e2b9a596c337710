"""/v1/margin-calls: what protected accounts lack, which insurer paid it, and what came back of that."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.margin_calls import (
    CureRepaymentInput,
    MarginCallOutput,
    shown_margin_call,
)
from accounts.models import MarginCall
from accounts.operations.margin_calls.repay_cure import repay_cure
from accounts.queries import list_margin_calls, list_margin_calls_of
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, by_party


class MarginCalls(ListView):
    """A venue's margin calls; a provider's are those that it paid for, and those unpaid that it may; newest first."""

    scope = by_party("risk")
    model = MarginCall
    serializer_class = MarginCallOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[MarginCall]:
        own = self.principal.provider
        return list_margin_calls(self.principal.venue.id) if own is None else list_margin_calls_of(own)


class OneMarginCall(RowView):
    """One margin call, with what is owed of it now."""

    of = MarginCalls
    unknown = AccountRefusal.MARGIN_CALL_UNKNOWN


class RepayCure(DeedView):
    scope = "fund"

    @extend_schema(operation_id="repayCure", request=CureRepaymentInput, responses={201: MarginCallOutput, **PENDING})
    def post(self, request: Request, margin_call_id: UUID) -> Response:
        """Give what came back through the venue to the insurer that paid for the margin call; once for each
        reference."""
        sent = self.body(CureRepaymentInput)
        return self.carry_out(shown_margin_call, repay_cure, 201, margin_call_id=margin_call_id, **sent)
