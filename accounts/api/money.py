"""What a provider or the venue owns, and what moved: /v1/balances, /v1/transfers.

A venue asks with the scope `fund`, and sees its own accounts; a provider with `read`.
"""

from typing import Any, cast

from django.db.models import Model, Q, QuerySet

from accounts.api.serializers.money import BalanceOutput, TransferOutput
from accounts.models import Account, Transfer
from accounts.models.ledger import OWN_KINDS
from accounts.queries import list_transfers
from backstop.api.pages import Merged
from backstop.api.views import ListView, RowView, by_party


class OwnMoney(ListView):
    model: type[Model] = Account

    scope = by_party("fund")

    def own(self) -> QuerySet[Account]:
        """The caller's accounts: a venue's are those of no provider and no book. What drills are counted in is no
        money."""
        real = Account.objects.filter(asset__shadow_of=None)
        if self.principal.provider is not None:
            return real.filter(provider=self.principal.provider)
        return real.filter(venue=self.principal.venue, kind__in=OWN_KINDS)


class Balances(OwnMoney):
    """A provider's accounts: its collateral, and what it contributed; or the venue's own: its fund, fees, penalties,
    tranches, losses and its door to the outside. In each asset."""

    timed = False
    model = Account
    serializer_class = BalanceOutput

    def listed(self) -> QuerySet[Account]:
        return self.own().select_related("asset")


class Transfers(OwnMoney):
    """What moved into or out of the accounts that are one's own, newest first."""

    model = Transfer
    serializer_class = TransferOutput
    filterset_fields = ["purpose", "subject_id"]

    def listed(self) -> QuerySet[Transfer]:
        return list_transfers()

    def paginate_queryset(self, queryset: Any) -> Any:
        own = self.own().using(self.database)
        sides = [side for account in own for side in (Q(debit=account), Q(credit=account))]
        its_own: Any = Merged(queryset, sides) if sides else queryset.none()
        return super().paginate_queryset(its_own)


class OneTransfer(RowView):
    """One amount that moved into or out of an account of one's own."""

    of = Transfers

    def rows(self) -> QuerySet[Transfer]:
        own = cast(Transfers, self.listing).own()
        return super().rows().filter(Q(debit__in=own) | Q(credit__in=own))
