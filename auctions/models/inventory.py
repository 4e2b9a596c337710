"""What the insurance fund had to take over: holdings without a provider, seen as stock that can be sold again."""

from typing import ClassVar

from django.db.models import QuerySet

from accounts.models import Holding
from backstop.models.base import Rows


class _OfFunds(Rows["FundInventory"]):
    def get_queryset(self) -> QuerySet["FundInventory"]:
        return super().get_queryset().filter(provider=None)


class FundInventory(Holding):
    """What a venue's fund holds, or once held, of an instrument."""

    objects: ClassVar[_OfFunds] = _OfFunds()

    class Meta:
        proxy = True
        verbose_name_plural = "fund inventory"
