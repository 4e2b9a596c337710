"""/v1/assessments: what providers are called for beyond what they contributed; /v1/contributions/leave and
/rejoin."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.assessments import AssessmentOutput, NoticeOutput
from accounts.models import Assessment, Provider
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.operations.people.rejoin_guarantee import rejoin_guarantee
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, View, by_party


class Assessments(ListView):
    """A venue sees all that it calls for, with the scope `collateral`; a provider its own, with `read`."""

    scope = by_party("collateral")
    model = Assessment
    serializer_class = AssessmentOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Assessment]:
        rows = Assessment.objects.select_related("asset", "obligation")
        provider = self.principal.provider
        return rows.filter(provider=provider) if provider else rows.filter(venue=self.principal.venue)


class OneAssessment(RowView):
    """One assessment."""

    of = Assessments
    unknown = AccountRefusal.ASSESSMENT_UNKNOWN


class PayAssessment(DeedView):
    """A venue pays with `collateral`; a provider its own, with `commitments`."""

    scope = by_party("collateral", "commitments")

    @extend_schema(operation_id="payAssessment", request=None, responses={200: AssessmentOutput, **PENDING})
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Take what is due out of its provider's free collateral, or of what is overdue as much as is free there;
        paying twice pays once."""
        own = self.principal.provider
        whose = {"provider_id": own.id} if own else {}
        return self.carry_out(_shown, pay_assessment, 200, assessment_id=assessment_id, **whose)


class LeaveGuarantee(View):
    scope = "commitments"

    @extend_schema(operation_id="leaveGuarantee", request=None, responses=NoticeOutput)
    def post(self, request: Request) -> Response:
        """Give notice: you owe nothing for later loss events, and what you contributed may leave once those are final
        that you are obliged for."""
        return Response(self.write(_noticed, leave_guarantee, provider=self.principal.provider))


class RejoinGuarantee(View):
    scope = "commitments"

    @extend_schema(operation_id="rejoinGuarantee", request=None, responses=NoticeOutput)
    def post(self, request: Request) -> Response:
        """Take your notice back: you are obliged for loss events that open from now on."""
        return Response(self.write(_noticed, rejoin_guarantee, provider=self.principal.provider))


def _shown(assessment: Assessment) -> Any:
    return dict(AssessmentOutput(assessment).data)


def _noticed(provider: Provider) -> Any:
    return dict(NoticeOutput(provider).data)
