"""Taking over, as insurer, what is left of a lot before its first auction."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.lots import TakenOverOutput, TakeOverInput
from auctions.models import Award
from auctions.operations.provider.take_lot_over import take_lot_over
from auctions.queries import list_awards_with_positions
from auctions.tasks import wake
from backstop.api.views import View
from backstop.metering import Cost


class TakeLotOver(View):
    scope = "bids"
    writing = Cost("bids")

    @extend_schema(operation_id="takeLotOver", request=TakeOverInput, responses={201: TakenOverOutput})
    def post(self, request: Request, lot_id: UUID) -> Response:
        """Take over, as insurer, what is left of a lot before its first auction: up to so many units."""
        who = {"key_id": self.principal.id, "provider_id": self.principal.provider.id}
        taken = self.write(_shown, take_lot_over, **who, lot_id=lot_id, **self.body(TakeOverInput))
        wake("settle_awards")
        wake("pass_lots_on")
        return Response(taken, 201)


def _shown(awards: list[Award]) -> Any:
    rows = list_awards_with_positions().filter(id__in=[award.id for award in awards])
    return dict(TakenOverOutput({"awards": rows.order_by("first_unit")}).data)
