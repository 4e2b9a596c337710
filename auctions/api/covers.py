"""/v1/covers/{id}/activate: a cover that everybody signed begins to stand."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.covers import CoverOutput, shown_cover
from accounts.api.serializers.reasons import ReasonInput
from auctions.operations.operator.activate_cover import activate_cover


class ActivateCover(DeedView):
    scope = "risk"

    @extend_schema(operation_id="activateCover", request=ReasonInput, responses={200: CoverOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Let a cover that every party signed stand from now on: its insurers' pledges are held."""
        sent = self.body(ReasonInput)
        return self.carry_out(shown_cover, activate_cover, cover_id=cover_id, **sent)
