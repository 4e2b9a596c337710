"""/v1/providers/{id}/holdings: what the venue says that a provider holds."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.holdings import HoldingsInput, HoldingsOutput
from accounts.models import Holding
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from backstop.api.views import View


class Holdings(View):
    scope = "holdings"

    @extend_schema(operation_id="reportHoldings", request=HoldingsInput, responses=HoldingsOutput)
    def put(self, request: Request, provider_id: UUID) -> Response:
        """Report all that a provider holds; awards after `included_sequence` count on top."""
        sent = self.body(HoldingsInput)

        def answer(holdings: list[Holding]) -> Any:
            shown = {"provider_id": provider_id, "included_sequence": sent["included_sequence"], "holdings": holdings}
            return HoldingsOutput(shown).data

        reported = [ReportedQuantity(one["instrument"], one["quantity"]) for one in sent["holdings"]]
        taken = self.write(
            answer,
            report_holdings,
            venue_id=self.principal.venue.id,
            provider_id=provider_id,
            included_sequence=sent["included_sequence"],
            quantities=reported,
        )
        return Response(taken)
