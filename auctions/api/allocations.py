"""/v1/loss-events/{id}/allocate-cash and /allocate-positions: what nobody paid or took is shared out over accounts of
the venue; /v1/allocations and /v1/allocation-fills: what each of them gives, confirmed or refused by the venue."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.reasons import ReasonInput
from accounts.lifecycle import AllocationFillState
from accounts.models import AllocationFill, LossAllocation
from accounts.operations.collateral.allocate_cash import allocate_cash
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.positions import AllocationKind
from auctions.api.serializers.allocations import (
    AllocationFillOutput,
    CashAllocationInput,
    LossAllocationOutput,
    PositionAllocationInput,
)
from auctions.operations.venue.allocate_positions import allocate_positions
from backstop.api.views import ListView, RowView, View


class AllocateCash(DeedView):
    scope = "risk"

    @extend_schema(
        operation_id="allocateCash", request=CashAllocationInput, responses={201: LossAllocationOutput, **PENDING}
    )
    def post(self, request: Request, loss_event_id: UUID) -> Response:
        """Share what nobody paid of a final loss event out over accounts that gained, once for each reference."""
        sent = self.body(CashAllocationInput)
        return self.carry_out(_shown, allocate_cash, 201, loss_event_id=loss_event_id, **sent)


class AllocatePositions(DeedView):
    scope = "risk"

    @extend_schema(
        operation_id="allocatePositions",
        request=PositionAllocationInput,
        responses={201: LossAllocationOutput, **PENDING},
    )
    def post(self, request: Request, loss_event_id: UUID) -> Response:
        """Close what went back to the venue of a loss event's books against accounts on the other side, at a price,
        once for each reference."""
        sent = self.body(PositionAllocationInput)
        return self.carry_out(_shown, allocate_positions, 201, loss_event_id=loss_event_id, **sent)


class AllocationFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=[(each.value, each.value) for each in AllocationKind])
    loss_event_id = filters.UUIDFilter()


class Allocations(ListView):
    """The venue's losses that were allocated, newest first."""

    scope = "risk"
    model = LossAllocation
    serializer_class = LossAllocationOutput
    filterset_class = AllocationFilters

    def listed(self) -> QuerySet[LossAllocation]:
        return LossAllocation.objects.filter(venue=self.principal.venue).select_related("asset", "instrument")


class OneAllocation(RowView):
    """One loss that was allocated."""

    of = Allocations
    unknown = AccountRefusal.ALLOCATION_UNKNOWN


class AllocationFillFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=AllocationFillState.choices)
    allocation_id = filters.UUIDFilter()


class AllocationFills(ListView):
    """What accounts of the venue give, newest first."""

    scope = "risk"
    model = AllocationFill
    serializer_class = AllocationFillOutput
    filterset_class = AllocationFillFilters

    def listed(self) -> QuerySet[AllocationFill]:
        return AllocationFill.objects.filter(venue=self.principal.venue).select_related("allocation")


class OneAllocationFill(RowView):
    """What one account gives."""

    of = AllocationFills
    unknown = AccountRefusal.ALLOCATION_FILL_UNKNOWN


class ConfirmFill(View):
    scope = "settlements"

    @extend_schema(operation_id="confirmFill", request=None, responses=AllocationFillOutput)
    def post(self, request: Request, fill_id: UUID) -> Response:
        """Say that the account gives it: `taken` is what is needed of it now, and comes in through the venue."""
        return Response(self.write(_filled, confirm_fill, venue_id=self.principal.venue.id, fill_id=fill_id))


class RefuseFill(View):
    scope = "settlements"

    @extend_schema(operation_id="refuseFill", request=ReasonInput, responses=AllocationFillOutput)
    def post(self, request: Request, fill_id: UUID) -> Response:
        """Say that the account gives nothing, and why: it may be allocated anew."""
        sent = self.body(ReasonInput)
        whose = {"venue_id": self.principal.venue.id, "fill_id": fill_id}
        return Response(self.write(_filled, refuse_fill, **whose, **sent))


def _shown(allocation: LossAllocation) -> Any:
    return dict(LossAllocationOutput(allocation).data)


def _filled(fill: AllocationFill) -> Any:
    return dict(AllocationFillOutput(fill).data)
