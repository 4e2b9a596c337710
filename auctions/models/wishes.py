"""What the insurance fund may have to pay for edges that are not awarded yet."""

from django.db import models
from django.db.models import Q

from accounts.models import Account
from auctions.models.lots import Lot
from backstop.models.base import AmountField, Row


class Wish(Row):
    """What a fund may have to pay for the edges of a lot: it holds nothing, and whatever is owed comes before it.

    It is made when a step of the lot opens, lessened by each award, which holds, and gone when it is used up or no
    auction follows.
    """

    rows_go = True

    lot = models.OneToOneField(Lot, models.CASCADE, related_name="wish")
    fund = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = AmountField()

    class Meta:
        verbose_name_plural = "wishes"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="wish_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.lot}"
