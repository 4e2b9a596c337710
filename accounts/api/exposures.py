"""/v1/providers/{id}/exposure: what a provider has at stake at its venue; /v1/groups/{id}/limits: how much its cluster
may hold."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.exposures import (
    ExposureInput,
    ExposureOutput,
    LimitsInput,
    LimitsOutput,
)
from accounts.desks.people import find_provider
from accounts.models import ExposureLimit, ReportedStanding
from accounts.operations.holdings.report_exposure import report_exposure
from accounts.operations.holdings.set_exposure_limit import set_exposure_limit
from accounts.queries import list_exposures
from backstop import clock
from backstop.api.views import View, by_party


class ExposureOfProvider(View):
    """Of one provider; a provider asks with `read`, for itself."""

    write_scope = "holdings"

    scope = by_party("holdings")

    @extend_schema(responses=ExposureOutput(many=True))
    def get(self, request: Request, provider_id: UUID) -> Response:
        """What it holds at marks, gross and net by product group, and its equity and requirement, in each asset."""
        provider = find_provider(self.principal.venue.id, provider_id, self.principal.provider)
        return Response(ExposureOutput(list_exposures(provider, clock.now()), many=True).data)

    @extend_schema(operation_id="reportExposure", request=ExposureInput, responses=ExposureOutput)
    def put(self, request: Request, provider_id: UUID) -> Response:
        """Report its equity and margin requirement, with its settlements up to `included_sequence`."""
        sent = self.body(ExposureInput)

        def answer(reported: ReportedStanding) -> Any:
            exposures = list_exposures(reported.provider, clock.now())
            return ExposureOutput(next(each for each in exposures if each.asset == sent["asset"])).data

        venue_id = self.principal.venue.id
        return Response(self.write(answer, report_exposure, venue_id=venue_id, provider_id=provider_id, **sent))


class ExposureLimits(DeedView):
    scope = "risk"

    @extend_schema(operation_id="limitGroup", request=LimitsInput, responses={200: LimitsOutput, **PENDING})
    def put(self, request: Request, group_id: UUID) -> Response:
        """Limit what the cluster of a group may hold in an asset; nulls: no limit."""

        def answer(limit: ExposureLimit) -> Any:
            return LimitsOutput(limit).data

        return self.carry_out(answer, set_exposure_limit, group_id=group_id, **self.body(LimitsInput))
