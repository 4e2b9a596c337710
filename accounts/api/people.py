"""Who is asking, and what the venue says that a provider holds: /v1/me, /v1/providers/{id}/holdings."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.people import HoldingsInput, HoldingsOutput, MeOutput
from accounts.models import Holding
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.permissions import ANY_KEY
from backstop.api.views import View


class Me(View):
    scope = ANY_KEY

    @extend_schema(responses=MeOutput)
    def get(self, request: Request) -> Response:
        """Whose key this is, and what it may do."""
        return Response(MeOutput(self.principal).data)


class Holdings(View):
    scope = "holdings"

    @extend_schema(request=HoldingsInput, responses=HoldingsOutput)
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
