"""/v1/approvals: what one person asked for and another confirms; /v1/approval_limits: from which amounts on."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.approvals import (
    ApprovalConfirmationInput,
    ApprovalLimitInput,
    ApprovalLimitOutput,
    ApprovalOutput,
    PendingOutput,
)
from accounts.api.serializers.reasons import ReasonInput
from accounts.models import Approval, ApprovalLimit
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, View

R = TypeVar("R")
PENDING = {202: PendingOutput}


class DeedView(View):
    """What may need two persons: then it is answered 202, with the approval that it waits for."""

    def carry_out(
        self, answer: Callable[[R], Any], operation: Callable[..., R | Approval], status: int = 200, **arguments: Any
    ) -> Response:
        """`write`, of the caller's venue."""
        return self.carry_out_on_rows(answer, operation, status, venue_id=self.principal.venue.id, **arguments)

    def carry_out_on_rows(
        self, answer: Callable[[R], Any], operation: Callable[..., R | Approval], status: int = 200, **arguments: Any
    ) -> Response:
        """`write`, of rows that the caller may name."""

        def said(outcome: R | Approval) -> Any:
            return {"approval": _shown(outcome)} if isinstance(outcome, Approval) else answer(outcome)

        done = self.write(said, operation, **arguments)
        return Response(done, 202 if done.keys() == {"approval"} else status)


class Approvals(ListView):
    """What waits for a second person, or did, newest first. What lapsed is listed as ASKED, and says so itself."""

    scope = "approve"
    model = Approval
    serializer_class = ApprovalOutput
    filterset_fields = ["state", "operation"]

    def listed(self) -> QuerySet[Approval]:
        return Approval.objects.filter(venue=self.principal.venue).select_related("asset")


class OneApproval(RowView):
    """What was asked for, by whom and why, and what became of it."""

    of = Approvals
    unknown = AccountRefusal.APPROVAL_UNKNOWN


class ConfirmApproval(View):
    scope = "approve"

    @extend_schema(operation_id="confirmApproval", request=ApprovalConfirmationInput, responses=ApprovalOutput)
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Confirm what another person asked for: it happens now, or is refused as it would be now."""
        self.body(ApprovalConfirmationInput)
        venue_id = self.principal.venue.id
        return Response(self.write(_shown, confirm_approval, venue_id=venue_id, approval_id=approval_id))


class WithdrawApproval(View):
    scope = "approve"

    @extend_schema(operation_id="withdrawApproval", request=ReasonInput, responses=ApprovalOutput)
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Take back what you asked for."""
        reason = self.body(ReasonInput)["reason"]
        venue_id = self.principal.venue.id
        return Response(
            self.write(_shown, withdraw_approval, venue_id=venue_id, approval_id=approval_id, reason=reason)
        )


class ApprovalLimits(DeedView, ListView):
    """The amounts above which two persons are needed."""

    scope = "approve"
    model = ApprovalLimit
    serializer_class = ApprovalLimitOutput

    def listed(self) -> QuerySet[ApprovalLimit]:
        return ApprovalLimit.objects.filter(venue=self.principal.venue).select_related("asset")

    @extend_schema(
        operation_id="setApprovalLimit", request=ApprovalLimitInput, responses={200: ApprovalLimitOutput, **PENDING}
    )
    def put(self, request: Request) -> Response:
        """Set the limit of an asset. To raise it or take it away takes two persons itself."""
        return self.carry_out(_limit, set_approval_limit, **self.body(ApprovalLimitInput))


class OneApprovalLimit(RowView):
    """The limit of one asset."""

    of = ApprovalLimits


def _shown(approval: Approval) -> Any:
    return dict(ApprovalOutput(approval).data)


def _limit(limit: ApprovalLimit) -> Any:
    return dict(ApprovalLimitOutput(limit).data)
