"""/v1/collateral: the venue puts providers' collateral in and takes it out."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.collateral import CollateralInput, CollateralOutput
from accounts.models import Transfer
from accounts.operations.collateral.move_collateral import move_collateral
from backstop.api.views import View


class Collateral(View):
    scope = "collateral"

    @extend_schema(request=CollateralInput, responses={201: CollateralOutput})
    def post(self, request: Request) -> Response:
        """Put collateral in for a provider, or with an amount below zero take it out; once for each reference."""
        sent = self.body(CollateralInput)

        def answer(transfer: Transfer) -> dict[str, object]:
            return dict(CollateralOutput({**sent, "id": transfer.id, "created_at": transfer.created_at}).data)

        return Response(self.write(answer, move_collateral, venue_id=self.principal.venue.id, **sent), 201)
