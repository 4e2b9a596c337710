"""What a provider owns, what moved, and the venue's door: /v1/balances, /v1/transfers, /v1/collateral."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.money import BalanceOutput, CollateralInput, CollateralOutput, TransferOutput
from accounts.models import Account, Transfer
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.queries import list_transfers
from backstop.api.views import ListView, View


class Balances(ListView):
    """A provider's accounts: free collateral and posted margin, in each asset."""

    scope = "read"
    model = Account
    serializer_class = BalanceOutput

    def listed(self) -> QuerySet[Account]:
        return Account.objects.filter(provider=self.principal.provider).select_related("asset")


class Transfers(ListView):
    """What moved into or out of a provider's accounts, newest first."""

    scope = "read"
    model = Transfer
    serializer_class = TransferOutput
    filterset_fields = ["purpose", "subject_id"]

    def listed(self) -> QuerySet[Transfer]:
        return list_transfers(self.principal.provider)


class Collateral(View):
    scope = "collateral"

    @extend_schema(request=CollateralInput, responses={201: CollateralOutput})
    def post(self, request: Request) -> Response:
        """Put collateral in for a provider, or with an amount below zero take it out; once for each reference."""
        sent = self.body(CollateralInput)

        def answer(transfer: Transfer) -> dict[str, object]:
            return dict(CollateralOutput({**sent, "id": transfer.id, "created_at": transfer.created_at}).data)

        return Response(self.write(answer, move_collateral, venue_id=self.principal.venue.id, **sent), 201)
