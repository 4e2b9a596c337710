"""What comes back of what insurers lent: interest first."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.db import models
from django.db.models import Q

from accounts.rules.sharing.receivables import Owed, Repaid
from backstop.models.base import AmountField, Row
from backstop.values.amounts import total

IS_SOMETHING = Q(principal__gte=0, interest__gte=0) & (Q(principal__gt=0) | Q(interest__gt=0))


class Lent(Protocol):
    """What is repaid."""

    def be_repaid(self, left: Owed, at: datetime) -> None:
        """So much of it is still owed."""


class Repayment(Row):
    """What came back of a loan at an instant: of what was lent, and interest. The `reference` is the venue's; without
    one it came by itself."""

    repaid_at = models.DateTimeField()
    principal = AmountField()
    interest = AmountField()
    reference = models.CharField(max_length=128, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def amount(self) -> Decimal:
        """All that came back."""
        return total([self.principal, self.interest])

    @property
    def owed(self) -> Owed:
        """It as the rule of loans sees it."""
        return Owed(self.principal, self.interest)

    def be_of(self, loan: Lent, owed: Owed, amount: Decimal, at: datetime) -> Owed:
        """So much of what is owed of the loan, at most all, comes back then; what is still owed. Saves neither."""
        part = owed.part(amount)
        left = owed.less(part)
        self.repaid_at, self.principal, self.interest = at, part.principal, part.interest
        loan.be_repaid(left, at)
        return left


def in_time(repayments: Iterable[Repayment], until: datetime | None = None) -> list[Repaid]:
    """They as the rule of loans sees them, in the order of time; what came after `until` as if it had come then."""
    rows = sorted(repayments, key=lambda each: each.repaid_at)
    return [Repaid(min(each.repaid_at, until or each.repaid_at), each.owed) for each in rows]
