"""Assessments: what providers are called for that were obliged for a loss event, once all other layers have paid."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import ASSESSMENT, AssessmentState
from accounts.models.obligations import Obligation
from accounts.models.people import Provider
from backstop.models.base import AmountField, Parkable, Row
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import ZERO, difference, total


class Assessment(Row, Parkable):
    """What a provider is called for by its `obligation`, to be paid before `due_by` out of its collateral, of which as
    much of it is `held` as was free. While it is due, what is owed of it stands as its event's debt. What was not
    `paid` then nobody pays: it is overdue, which is ground for the provider's default, and owed to whoever bears it
    instead. What of it is not to be paid any more, since that came back, is `recovered`. While it owes something
    nothing of the provider's leaves. What was never paid, since it had nothing left, is `written_off`: who bears that
    instead goes on bearing it."""

    lifecycle = ASSESSMENT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="assessments")
    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="assessment")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    amount = AmountField()
    held = AmountField(default=0, db_default=0)
    paid = AmountField(default=0, db_default=0)
    recovered = AmountField(default=0, db_default=0)
    written_off = AmountField(default=0, db_default=0)
    state = models.CharField(max_length=16, choices=AssessmentState, default=AssessmentState.DUE, editable=False)
    called_at = models.DateTimeField()
    due_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    written_off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="assessment_positive"),
            models.CheckConstraint(condition=Q(due_by__gt=F("called_at")), name="assessment_leaves_time"),
            models.CheckConstraint(condition=Q(held__range=(0, F("amount"))), name="assessment_holds_up_to_it"),
            models.CheckConstraint(
                condition=~Q(state=AssessmentState.PAID) | Q(held=0), name="assessment_holds_only_until_it_is_paid"
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=0, recovered__gte=0)
                & (
                    Q(state__in=ASSESSMENT.under_way, amount__gt=F("paid") + F("recovered"))
                    | ~Q(state__in=ASSESSMENT.under_way) & Q(amount=F("paid") + F("recovered") + F("written_off"))
                ),
                name="assessment_ends_once_nothing_is_owed",
            ),
            models.CheckConstraint(
                condition=Q(state=AssessmentState.WRITTEN_OFF, written_off__gt=0)
                | ~Q(state=AssessmentState.WRITTEN_OFF) & Q(written_off=0),
                name="assessment_written_off_is_told",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="assessment_of_venue"),
            models.Index(fields=["provider", "created_at", "id"], name="assessment_of_provider"),
            models.Index(fields=["due_by"], condition=Q(state="DUE"), name="assessment_due"),
            models.Index(fields=["provider", "asset"], condition=Q(state="OVERDUE"), name="assessment_owed_late"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="assessment_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.provider}"

    @property
    def owed(self) -> Decimal:
        """What of it is neither paid, nor came back, nor written off."""
        return difference(self.amount, self.paid, self.recovered, self.written_off)

    def pay(self, amount: Decimal, at: datetime) -> None:
        """So much of it is paid, and nothing is held for it any more; does not save."""
        self.paid, self.held = total([self.paid, amount]), ZERO
        if not self.owed:
            self.move_to(AssessmentState.PAID, at)

    def write_off(self, at: datetime) -> None:
        """What is owed of it is never paid; does not save."""
        self.written_off = self.owed
        self.move_to(AssessmentState.WRITTEN_OFF, at)

    def lower(self, amount: Decimal, at: datetime) -> Decimal:
        """So much of it is not to be paid any more; does not save. What was held for that, and is not any more."""
        self.recovered = total([self.recovered, amount])
        released = max(difference(self.held, self.owed), ZERO)
        self.held = difference(self.held, released)
        if not self.owed:
            self.move_to(AssessmentState.LIFTED, at)
        return released
