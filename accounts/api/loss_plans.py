"""/v1/venues/{id}/waterfall: whose money pays what a loss event costs, in which order."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.loss_plans import LossPlanInput, LossPlanOutput, shown_plan
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.queries import get_loss_plan
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import by_party


class LossWaterfall(DeedView):
    """The loss plan; a provider asks with `read`, for its own venue."""

    scope = by_party("risk")
    write_scope = "risk"

    @extend_schema(responses=LossPlanOutput)
    def get(self, request: Request, venue_id: UUID) -> Response:
        """The plan that loss events open with now; each keeps its own."""
        self._require_own(venue_id)
        return Response(shown_plan(get_loss_plan(venue_id)))

    @extend_schema(operation_id="setLossPlan", request=LossPlanInput, responses={201: LossPlanOutput, **PENDING})
    def post(self, request: Request, venue_id: UUID) -> Response:
        """Set the next version, for loss events that open from now on."""
        self._require_own(venue_id)
        sent = self.body(LossPlanInput)
        return self.carry_out(shown_plan, set_loss_plan, 201, **sent)

    def _require_own(self, venue_id: UUID) -> None:
        if venue_id != self.principal.venue.id:
            raise AccountRefusal.VENUE_UNKNOWN.error()
