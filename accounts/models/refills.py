"""Refills: a tranche has less than its venue's loss plan says is to stand in it, and is to be filled again."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import REFILL, RefillState
from accounts.models.ledger import Account
from backstop.models.base import AmountField, Row, Stateful
from backstop.models.venues import Venue


class Refill(Row, Stateful):
    """The `account` of a tranche had `missing` less than its `target` at `called_at`. It is filled before `refill_by`,
    or missed; then, while it still has less, it is called for anew. Its verbs do not save."""

    lifecycle = REFILL

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="refills")
    target = AmountField()
    missing = AmountField()
    state = models.CharField(max_length=8, choices=RefillState, default=RefillState.OPEN, editable=False)
    called_at = models.DateTimeField()
    refill_by = models.DateTimeField()
    filled_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state=RefillState.OPEN), name="refill_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(missing__gt=0, missing__lte=F("target")), name="refill_of_what_is_missing"
            ),
            models.CheckConstraint(condition=Q(refill_by__gt=F("called_at")), name="refill_leaves_time"),
        ]
        indexes = [models.Index(fields=["venue", "created_at", "id"], name="refill_of_venue")]

    def __str__(self) -> str:
        return f"{self.missing} for {self.account}"

    def fill(self, at: datetime) -> None:
        """As much as is to stand in it is there again, or nothing is to stand in it any more."""
        self.move_to(RefillState.FILLED, at)

    def miss(self, at: datetime) -> None:
        """Its time is over."""
        self.move_to(RefillState.MISSED, at)
