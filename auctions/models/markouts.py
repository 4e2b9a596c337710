"""What awards were worth to their providers a while later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import Q

from accounts.models import Provider
from auctions.models.awards import Award
from auctions.rules.markouts import AFTER_MINUTES, TOLERANCE
from backstop.models.base import AmountField, MarksField, Row, Swept
from backstop.models.venues import Venue
from backstop.values.amounts import ZERO, difference


class Markout(Row, Swept):
    """The marks some minutes after a provider's award, and how far they had moved against it (`adverse_bps`).

    It is due once every mark that counts for its instant would be there, and judged once, at whatever time. `marks_at`
    is when its `marks` were in force: None with `judged_at` where there were none.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="markouts")
    award = models.ForeignKey(Award, models.PROTECT, related_name="markouts")
    minutes = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    marks_at = models.DateTimeField(null=True)
    marks = MarksField(null=True)
    adverse_bps = AmountField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["award", "minutes"], name="markout_once"),
            models.CheckConstraint(
                condition=Q(marks_at__isnull=True, marks__isnull=True, adverse_bps__isnull=True)
                | Q(judged_at__isnull=False, marks_at__isnull=False, marks__isnull=False, adverse_bps__isnull=False),
                name="markout_judged_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(judged_at__isnull=True), name="markout_to_judge"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="markout_parked"),
            models.Index(fields=["venue", "created_at", "id"], name="markout_of_venue"),
            models.Index(fields=["provider", "created_at", "id"], name="markout_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.award}, {self.minutes} minutes later"

    @classmethod
    def all_of(cls, award: Award, provider_id: UUID, venue_id: UUID, now: datetime) -> "list[Markout]":
        """Those of an award to this provider that is made now."""
        return [
            cls(
                venue_id=venue_id,
                provider_id=provider_id,
                award=award,
                minutes=minutes,
                due_at=now + timedelta(minutes=minutes) + TOLERANCE,
            )
            for minutes in AFTER_MINUTES
        ]

    def judge(self, now: datetime, found: tuple[Mapping[UUID, Decimal], datetime, Decimal] | None) -> None:
        """Say what the marks were, when, and how far they had moved against it; or that there were none."""
        self.judged_at = now
        self.marks, self.marks_at, self.adverse_bps = found or (None, None, None)
        self.unpark()

    @property
    def instant(self) -> datetime:
        """Whose marks count."""
        return self.due_at - TOLERANCE

    @property
    def kept_bps(self) -> Decimal | None:
        """What was kept of the edge; None while that is not known."""
        return None if self.adverse_bps is None else difference(self.award.edge_bps, self.adverse_bps)

    @property
    def winners_curse(self) -> bool | None:
        """Whether the marks moved against it by more than its edge."""
        return None if self.kept_bps is None else self.kept_bps < ZERO
