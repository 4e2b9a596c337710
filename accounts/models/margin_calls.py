"""Margin calls: what insurers may pay for a protected account, and what they are owed for it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import MARGIN_CALL, MarginCallState
from accounts.models.covers import Cover
from accounts.models.lending import IS_SOMETHING, Repayment, in_time
from accounts.models.people import Group, Provider
from accounts.rules.sharing.receivables import Loan, Owed
from backstop.models.base import AmountField, Parkable, Row
from backstop.models.venues import Venue
from backstop.values.amounts import ZERO


class MarginCall(Row, Parkable):
    """An account that a cover protects, of the owner's `group` where it has one, lacks an amount: one of the insurers
    may pay it before `answer_by`. It is owed that before `repay_by`, with its contract's interest; `left` of what it
    paid was not repaid yet."""

    lifecycle = MARGIN_CALL

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="margin_calls")
    account = models.CharField(max_length=128)
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    amount = AmountField()
    reference = models.CharField(max_length=128)
    state = models.CharField(max_length=8, choices=MarginCallState, default=MarginCallState.CALLED, editable=False)
    answer_by = models.DateTimeField()
    cured_by = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    cured_at = models.DateTimeField(null=True)
    repay_by = models.DateTimeField(null=True)
    left = AmountField(default=0)
    lapsed_at = models.DateTimeField(null=True)
    repaid_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="margin_call_positive"),
            models.CheckConstraint(condition=~Q(account=""), name="margin_call_of_an_account"),
            models.CheckConstraint(condition=Q(left__range=(0, F("amount"))), name="margin_call_left_of_it"),
            models.CheckConstraint(
                condition=Q(state__in=[MarginCallState.CALLED, MarginCallState.LAPSED], cured_by__isnull=True, left=0)
                | Q(state=MarginCallState.REPAID, cured_by__isnull=False, left=0)
                | Q(
                    state__in=[MarginCallState.CURED, MarginCallState.EXPIRED],
                    cured_by__isnull=False,
                    cured_at__isnull=False,
                    repay_by__gt=F("cured_at"),
                    left__gte=0,
                ),
                name="margin_call_owed_to_who_cured_it",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="margin_call_of_venue"),
            models.Index(fields=["venue", "account"], condition=Q(state="CURED"), name="margin_call_owed"),
            models.Index(fields=["answer_by"], condition=Q(state="CALLED"), name="margin_call_waiting"),
            models.Index(fields=["repay_by"], condition=Q(state="CURED"), name="margin_call_expiring"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="margin_call_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.account}"

    def cure(self, provider: Provider, at: datetime) -> None:
        """The provider pays all of it; does not save."""
        assert self.cover.repay_seconds is not None
        self.move_to(MarginCallState.CURED, at)
        self.cured_by, self.left = provider, self.amount
        self.repay_by = at + timedelta(seconds=self.cover.repay_seconds)

    def owed_at(self, at: datetime) -> Owed:
        """What is owed to who cured it, which is known to have paid; it earns nothing once its time is over. Its
        `repayments` are looked at."""
        assert self.cured_at is not None
        assert self.repay_by is not None
        assert self.cover.cure_interest_bps is not None
        return Loan(
            lent=self.amount,
            interest_bps=self.cover.cure_interest_bps,
            since=self.cured_at,
            repaid=in_time(self.repayments.all(), self.repay_by),
            scale=self.cover.asset.scale,
        ).owed_at(min(at, self.repay_by))

    def is_owed_at(self, at: datetime) -> bool:
        """Whether something of it is still to come back then: at the end of its time nothing is any more."""
        return self.state == MarginCallState.CURED and self.repay_by is not None and at < self.repay_by

    def be_repaid(self, left: Owed, at: datetime) -> None:
        """So much of it is still owed; it ends where that is nothing. Does not save."""
        self.left = left.principal
        if not left.amount:
            self.move_to(MarginCallState.REPAID, at)

    def interest_at(self, at: datetime) -> Decimal:
        """The interest that is owed then: nothing where nobody paid, or all came back."""
        return ZERO if self.cured_at is None else self.owed_at(at).interest


class CureRepayment(Repayment):
    """What came back of what an insurer paid for a margin call. Without a `reference` a book repaid it as it closed."""

    margin_call = models.ForeignKey(MarginCall, models.PROTECT, related_name="repayments")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=IS_SOMETHING,
                name="cure_repayment_positive",
            ),
        ]
        triggers = [pgtrigger.Protect(name="cure_repayment_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.principal} and {self.interest} of {self.margin_call}"
