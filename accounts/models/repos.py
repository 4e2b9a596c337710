"""Repos: cash that a cover's insurers lend to a venue's fund, against inventory that is pledged for it."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import REPO, RepoState
from accounts.models.covers import Cover
from accounts.models.ledger import AccountKind
from accounts.models.lending import IS_SOMETHING, Repayment, in_time
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from accounts.rules.sharing.receivables import Loan, Owed
from backstop.models.base import AmountField, Parkable, Row
from backstop.models.venues import Instrument, Venue
from backstop.values.amounts import ZERO, difference

# Whose money repays: what a sale of the inventory brought, the fund's, or what stands behind it.
REPAYING = (AccountKind.ESTATE, AccountKind.FUND, AccountKind.FIRST_TRANCHE)


class Repo(Row, Parkable):
    """A cover's insurers lent an `amount` by their parts at `drawn_at`, while `quantity` of an instrument, marked at
    `price`, was pledged for it: so much of that is `pledged` now. It is owed at `due_at`, with its contract's interest
    until all came back; `left` of what was lent did not yet. What never does, since nothing was left to repay it by, is
    `written_off`, and is owed no more."""

    lifecycle = REPO

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="repos")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    amount = AmountField()
    quantity = AmountField()
    price = AmountField()
    reference = models.CharField(max_length=128)
    state = models.CharField(max_length=16, choices=RepoState, default=RepoState.OPEN, editable=False)
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    pledged = AmountField()
    left = AmountField()
    written_off = AmountField(default=0, db_default=0)
    overdue_at = models.DateTimeField(null=True)
    repaid_at = models.DateTimeField(null=True)
    written_off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, quantity__gt=0, price__gt=0), name="repo_positive"),
            models.CheckConstraint(
                condition=Q(left__range=(0, F("amount")), pledged__range=(0, F("quantity"))), name="repo_left_of_it"
            ),
            models.CheckConstraint(
                condition=Q(state=RepoState.REPAID, left=0, pledged=0, written_off=0)
                | Q(state=RepoState.WRITTEN_OFF, left=0, pledged=0, written_off__gt=0)
                | Q(state__in=REPO.under_way, left__gt=0, written_off=0),
                name="repo_owed_until_it_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="repo_of_venue"),
            models.Index(fields=["instrument"], condition=~Q(state="REPAID"), name="repo_pledging"),
            models.Index(fields=["due_at"], condition=~Q(state="REPAID"), name="repo_due"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="repo_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} against {self.quantity} {self.instrument}"

    @property
    def pledged_since(self) -> tuple[datetime, Decimal]:
        """Since when something is pledged for it, and how much of that still is."""
        return self.drawn_at, self.pledged

    def owed_at(self, at: datetime) -> Owed:
        """What is owed then; nothing once it is written off. Its `repayments` are looked at."""
        if self.state == RepoState.WRITTEN_OFF:
            return Owed(ZERO, ZERO)
        assert self.cover.repo_interest_bps is not None
        return Loan(
            lent=self.amount,
            interest_bps=self.cover.repo_interest_bps,
            since=self.drawn_at,
            repaid=in_time(self.repayments.all()),
            scale=self.cover.asset.scale,
        ).owed_at(at)

    def interest_at(self, at: datetime) -> Decimal:
        """The interest that is owed then."""
        return self.owed_at(at).interest

    def be_repaid(self, left: Owed, at: datetime) -> None:
        """So much of it is still owed; it ends where that is nothing. Does not save."""
        self.left = left.principal
        if not left.amount:
            self.move_to(RepoState.REPAID, at)
            self.pledged = ZERO

    def unpledge(self, sold: Decimal, at: datetime) -> None:
        """So much of what is pledged was sold; what is owed with nothing left is due at once. Does not save."""
        self.pledged = difference(self.pledged, sold)
        if not self.pledged:
            self.due_at = min(self.due_at, at)

    def is_uncollectible_at(self, at: datetime) -> bool:
        """Whether it is overdue for long then, with nothing pledged for it: what nobody repays of it is written off."""
        if self.state != RepoState.OVERDUE or self.pledged:
            return False
        assert self.overdue_at is not None
        return self.overdue_at + WRITTEN_OFF_AFTER <= at

    def write_off(self, at: datetime) -> None:
        """What is left of it never comes back; does not save."""
        self.move_to(RepoState.WRITTEN_OFF, at)
        self.written_off, self.left = self.left, ZERO


class RepoRepayment(Repayment):
    """What came back of a repo, out of the money of one account of the venue. With a `reference` the venue repaid it
    before it had to; without one a sale of the inventory did, or its time was over."""

    repo = models.ForeignKey(Repo, models.PROTECT, related_name="repayments")
    paid_by = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in REPAYING])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=IS_SOMETHING,
                name="repo_repayment_positive",
            ),
        ]
        triggers = [pgtrigger.Protect(name="repo_repayment_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.principal} and {self.interest} of {self.repo}"
