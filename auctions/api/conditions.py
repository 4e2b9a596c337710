"""/v1/conditions: how a venue's markets are, as it reports, and the regime that this makes."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.conditions import MarketConditionsInput, MarketConditionsOutput
from auctions.models import MarketRegime
from auctions.operations.venue.report_conditions import report_conditions
from auctions.queries.regimes import get_thresholds
from auctions.rules.regimes import in_force
from backstop import clock
from backstop.api.views import ListView, by_party


class MarketConditions(ListView):
    """How each product group's market stands, where the venue ever reported it; a provider asks with `read`."""

    scope = by_party("marks")
    write_scope = "marks"
    timed = False
    model = MarketRegime
    serializer_class = MarketConditionsOutput

    def listed(self) -> QuerySet[MarketRegime]:
        return MarketRegime.objects.filter(venue=self.principal.venue).select_related("product_group")

    def paginate_queryset(self, queryset: Any) -> Any:
        now, max_gap = clock.now(), get_thresholds(self.principal.venue.id).max_gap
        return [_shown(row, max_gap, now) for row in super().paginate_queryset(queryset) or []]

    @extend_schema(
        operation_id="reportConditions", request=MarketConditionsInput, responses={200: MarketConditionsOutput}
    )
    def post(self, request: Request) -> Response:
        """Report how the market of a product group is; answers with the regime that this makes."""
        sent = self.body(MarketConditionsInput)
        return Response(self.write(_answer, report_conditions, venue_id=self.principal.venue.id, **sent))


def _answer(row: MarketRegime) -> Any:
    return dict(MarketConditionsOutput(_shown(row, timedelta.max, row.reported_at)).data)


def _shown(row: MarketRegime, max_gap: timedelta, now: datetime) -> dict[str, Any]:
    standing = in_force(row.standing, max_gap, now)
    return {
        "product_group": row.product_group.code,
        "regime": standing.regime,
        "began_at": standing.began_at,
        "reported_at": row.reported_at,
        "depth": row.depth,
        "spread_bps": row.spread_bps,
        "volatility_bps": row.volatility_bps,
        "stale_share": row.stale_share,
    }
