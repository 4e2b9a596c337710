"""What one person asked for and another has to confirm, and from which amounts on a venue wants that."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import APPROVAL, ApprovalState
from backstop.models.base import MAX_REASON, AmountField, FrozenArrayField, FrozenJSONField, Row, Stateful
from backstop.models.venues import Asset, Venue

LAPSED = "LAPSED"


class Approval(Row, Stateful):
    """An operation that waits for a second person until `lapses_at`: then, by time alone, nothing becomes of it.

    `…_names` are those by which who asked and who confirmed are known: none may be in both.
    """

    lifecycle = APPROVAL

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="approvals")
    operation = models.CharField(max_length=64)
    arguments = FrozenJSONField()
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+")
    amount = AmountField(null=True)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    state = models.CharField(max_length=16, choices=ApprovalState, default=ApprovalState.ASKED, editable=False)
    asked_by = models.CharField(max_length=200)
    asked_names = FrozenArrayField(models.CharField(max_length=400))
    confirmed_by = models.CharField(max_length=200, blank=True, default="")
    confirmed_names = FrozenArrayField(models.CharField(max_length=400), default=tuple)
    lapses_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=MAX_REASON, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ApprovalState.CONFIRMED) | ~Q(confirmed_names=[]), name="approval_by_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(asked_names__overlap=F("confirmed_names")), name="approval_by_another_person"
            ),
        ]
        indexes = [models.Index(fields=["venue", "created_at", "id"], name="approval_in_order")]

    def __str__(self) -> str:
        return f"{self.operation.replace('_', ' ')} ({self.reason})"

    @property
    def pending_note(self) -> str:
        """For whoever asked and is to know that nothing happened yet; empty once it is confirmed or withdrawn."""
        if self.state != ApprovalState.ASKED:
            return ""
        return f"It waits until {self.lapses_at:%Y-%m-%d %H:%M} UTC for another person to confirm it."

    def standing_at(self, now: datetime) -> str:
        """Its state, or `LAPSED`: from `lapses_at` on it can be neither confirmed nor withdrawn."""
        return LAPSED if self.state == ApprovalState.ASKED and now >= self.lapses_at else self.state

    def confirm(self, actor: str, names: frozenset[str], at: datetime) -> None:
        """Let it have been confirmed by this actor, whom these names are of."""
        self.move_to(ApprovalState.CONFIRMED, at)
        self.confirmed_by, self.confirmed_names = actor, sorted(names)

    def withdraw(self, reason: str, at: datetime) -> None:
        """Let nothing become of it."""
        self.move_to(ApprovalState.WITHDRAWN, at)
        self.withdrawal_reason = reason


class MovedAlone(Row):
    """What somebody moved without a second person, out where it is below zero; for a day more of the same adds up.

    `names` are those by which who did it is known; none: an engine, by a key that nobody stands behind.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    operation = models.CharField(max_length=64)
    amount = AmountField()
    names = FrozenArrayField(models.CharField(max_length=400), default=tuple)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="moved_alone_something")]
        indexes = [models.Index(fields=["asset", "operation", "created_at"], name="moved_alone_of_late")]

    def __str__(self) -> str:
        return f"{self.operation.replace('_', ' ')}: {self.amount}"


class ApprovalLimit(Row):
    """More than `amount` of an asset, at once or moved within a day, needs a second person; None: one is enough."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="approval_limits")
    asset = models.OneToOneField(Asset, models.PROTECT, related_name="+")
    amount = AmountField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="approval_limit_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.venue}: {self.asset}"
