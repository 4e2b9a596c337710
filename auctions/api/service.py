"""/v1/fee-schedules, /v1/me/service: what is paid for service, and what a provider's came to, row by row."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from auctions.api.serializers.service import (
    FeeScheduleInput,
    FeeScheduleOutput,
    ServiceAnswerOutput,
    ServiceDayOutput,
    ServiceRebateOutput,
    ServiceStatementOutput,
)
from auctions.models import FeeSchedule, ServiceAnswer, ServiceRebate, ServiceScore, ServiceStatement
from auctions.operations.operator.set_fee_schedule import set_fee_schedule
from backstop.api.views import ListView, RowView, by_party


class FeeSchedules(DeedView, ListView):
    """Every version of what is paid for service in each product group; a provider asks with `read`, for its own
    venue."""

    scope = by_party("risk")
    write_scope = "risk"
    model = FeeSchedule
    serializer_class = FeeScheduleOutput

    def listed(self) -> QuerySet[FeeSchedule]:
        return FeeSchedule.objects.filter(venue=self.principal.venue).select_related("product_group", "asset")

    @extend_schema(
        operation_id="setFeeSchedule", request=FeeScheduleInput, responses={201: FeeScheduleOutput, **PENDING}
    )
    def post(self, request: Request) -> Response:
        """Set the next version for a product group, for whole months that have not begun."""
        return self.carry_out(_schedule, set_fee_schedule, 201, **self.body(FeeScheduleInput))


class OneFeeSchedule(RowView):
    """One version of what is paid for service in a product group."""

    of = FeeSchedules


class OwnService(ListView):
    """Months of service in each product group, as they were stated and paid, newest first."""

    scope = "read"
    model = ServiceStatement
    serializer_class = ServiceStatementOutput

    def listed(self) -> QuerySet[ServiceStatement]:
        return _with_schedule(ServiceStatement.objects.filter(provider=self.principal.provider))


class OneOwnService(RowView):
    """One month of service in a product group."""

    of = OwnService


class RebateFilters(filters.FilterSet):
    statement_id = filters.UUIDFilter()


class OwnServiceRebates(ListView):
    """One's rebates, book by book, newest first; `statement_id` names those of one month."""

    scope = "read"
    model = ServiceRebate
    serializer_class = ServiceRebateOutput
    filterset_class = RebateFilters

    def listed(self) -> QuerySet[ServiceRebate]:
        return ServiceRebate.objects.filter(statement__provider=self.principal.provider)


class OneOwnServiceRebate(RowView):
    """The rebate for one book."""

    of = OwnServiceRebates


class OwnServiceDays(ListView):
    """How one stood ready in each product group, day by day, newest first."""

    scope = "read"
    model = ServiceScore
    serializer_class = ServiceDayOutput

    def listed(self) -> QuerySet[ServiceScore]:
        return _with_schedule(ServiceScore.objects.filter(provider=self.principal.provider)).select_related("day")


class OneOwnServiceDay(RowView):
    """How one stood ready in a product group on one day."""

    of = OwnServiceDays


class OwnServiceAnswers(ListView):
    """The lots that one was asked for, and whether one answered, newest first."""

    scope = "read"
    model = ServiceAnswer
    serializer_class = ServiceAnswerOutput

    def listed(self) -> QuerySet[ServiceAnswer]:
        return _with_schedule(ServiceAnswer.objects.filter(provider=self.principal.provider)).select_related("day")


class OneOwnServiceAnswer(RowView):
    """Whether one answered for one lot."""

    of = OwnServiceAnswers


def _with_schedule(rows: Any) -> Any:
    return rows.select_related("schedule__product_group", "schedule__asset")


def _schedule(row: FeeSchedule) -> Any:
    return dict(FeeScheduleOutput(row).data)
