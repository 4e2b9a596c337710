"""/v1/venues/{id}/coverage: what stands behind a venue's markets."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rules.refusals import AccountRefusal
from auctions.api.serializers.coverage import CoverageOutput
from auctions.queries.coverage import list_coverage
from backstop import clock
from backstop.api.views import View


class VenueCoverage(View):
    scope = "risk"

    @extend_schema(responses=CoverageOutput)
    def get(self, request: Request, venue_id: UUID) -> Response:
        """The funded capacity of standing commitments by product group and side, with the two largest clusters of
        providers gone too. `manage.py coverage` holds it against the accounts of a scenario."""
        if venue_id != self.principal.venue.id:
            raise AccountRefusal.VENUE_UNKNOWN.error()
        now = clock.now()
        return Response(CoverageOutput({"as_of": now, "lines": list_coverage(venue_id, now)}).data)
