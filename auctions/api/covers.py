"""/v1/covers/{id}/activate: a cover that everybody signed begins to stand."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.covers import CoverOutput
from accounts.api.serializers.reasons import ReasonInput
from accounts.models import Cover
from accounts.queries import list_covers
from auctions.operations.operator.activate_cover import activate_cover


class ActivateCover(DeedView):
    scope = "risk"

    @extend_schema(operation_id="activateCover", request=ReasonInput, responses={200: CoverOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Let a cover that every party signed stand from now on: its insurers' pledges are held."""
        sent = self.body(ReasonInput)
        return self.carry_out(_shown, activate_cover, cover_id=cover_id, **sent)


def _shown(cover: Cover) -> Any:
    return dict(CoverOutput(list_covers(cover.venue_id).get(id=cover.id)).data)
