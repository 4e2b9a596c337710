"""Assessments: what providers are called for that were obliged for a loss event, once all other layers have paid."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import ASSESSMENT, AssessmentState
from accounts.models.obligations import Obligation
from accounts.models.people import Provider
from backstop.models.base import AmountField, Parkable, Row
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import ZERO


class Assessment(Row, Parkable):
    """What a provider is called for by its `obligation`, to be paid before `due_by` out of its collateral, of which as
    much of it is `held` as was free; overdue then, which is ground for its default. Until it is paid so much of its
    event's costs stands as the event's debt, and nothing of the provider's leaves."""

    lifecycle = ASSESSMENT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="assessments")
    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="assessment")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    amount = AmountField()
    held = AmountField(default=0, db_default=0)
    state = models.CharField(max_length=8, choices=AssessmentState, default=AssessmentState.DUE, editable=False)
    called_at = models.DateTimeField()
    due_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="assessment_positive"),
            models.CheckConstraint(condition=Q(due_by__gt=F("called_at")), name="assessment_leaves_time"),
            models.CheckConstraint(condition=Q(held__range=(0, F("amount"))), name="assessment_holds_up_to_it"),
            models.CheckConstraint(
                condition=~Q(state=AssessmentState.PAID) | Q(held=0), name="assessment_holds_only_until_it_is_paid"
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="assessment_of_venue"),
            models.Index(fields=["provider", "created_at", "id"], name="assessment_of_provider"),
            models.Index(fields=["due_by"], condition=Q(state="DUE"), name="assessment_due"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="assessment_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.provider}"

    def pay(self, at: datetime) -> None:
        """Be paid, so that nothing is held for it; does not save."""
        self.move_to(AssessmentState.PAID, at)
        self.held = ZERO
