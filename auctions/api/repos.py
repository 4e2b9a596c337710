"""Drawing, as venue, on what a cover's insurers lend to its fund."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.repos import RepoInput, RepoOutput, shown_repo
from auctions.operations.venue.draw_repo import draw_repo


class DrawRepo(DeedView):
    scope = "fund"

    @extend_schema(operation_id="drawRepo", request=RepoInput, responses={201: RepoOutput, **PENDING})
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Have the cover's insurers lend cash to the fund, against as much of an instrument as that is worth after the
        haircut; once for each reference."""
        sent = self.body(RepoInput)
        return self.carry_out(shown_repo, draw_repo, 201, cover_id=cover_id, **sent)
