"""What a provider owns, and what moved: /v1/balances, /v1/transfers."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.api.serializers.money import BalanceOutput, TransferOutput
from accounts.models import Account, Transfer
from accounts.queries import list_transfers
from backstop.api.pages import Merged
from backstop.api.views import ListView


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
        return list_transfers()

    def paginate_queryset(self, queryset: Any) -> Any:
        own = Account.objects.using(self.database).filter(provider=self.principal.provider)
        sides = [side for account in own for side in (Q(debit=account), Q(credit=account))]
        its_own: Any = Merged(queryset, sides) if sides else queryset.none()
        return super().paginate_queryset(its_own)
