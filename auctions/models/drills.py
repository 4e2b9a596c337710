"""Drills: books that go through the market for practice, and how each provider did in them."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounts.models import Provider
from accounts.rules.sharing.quality import Quality
from auctions.lifecycle import DRILL, DrillState
from auctions.models.books import Book
from auctions.rules.disclosure import WITHDRAWN
from backstop.models.base import MAX_REASON, AmountField, Parkable, Row
from backstop.models.venues import Venue


class Drill(Row, Parkable):
    """A book that is no account's: it is counted in a shadow of its asset, and changes nothing that is real. It ends
    with its book, and is broken off where a real one of its product groups arrives (`real_book`).

    Its verbs change it in memory and do not save.
    """

    lifecycle = DRILL

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="drills")
    book = models.OneToOneField(Book, models.PROTECT, related_name="drill")
    state = models.CharField(max_length=16, choices=DrillState, default=DrillState.UNDER_WAY)
    opened_at = models.DateTimeField()
    real_book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+")
    held_at = models.DateTimeField(null=True)
    broken_off_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=MAX_REASON, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DrillState.BROKEN_OFF) | ~Q(reason=""), name="drill_broken_off_for_a_reason"
            )
        ]
        indexes = [
            models.Index(
                fields=["venue", "opened_at"], condition=Q(state=DrillState.UNDER_WAY), name="drill_under_way"
            ),
            models.Index(fields=["venue", "created_at", "id"], name="drill_of_venue"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="drill_parked"),
        ]

    def __str__(self) -> str:
        return f"drill {self.book}"

    @property
    def ended_at(self) -> datetime | None:
        return self.held_at or self.broken_off_at

    @property
    def told_reason(self) -> str:
        """Why it was broken off, as all but its venue are told: not that somebody was liquidated."""
        return self.reason and WITHDRAWN

    def give_way(self, book: Book) -> None:
        """Be broken off as soon as can be, for a real book."""
        self.real_book = book

    def hold(self, at: datetime) -> None:
        """End as it should."""
        self.move_to(DrillState.HELD, at)

    def break_off(self, reason: str, at: datetime) -> None:
        """End before its book was placed."""
        self.move_to(DrillState.BROKEN_OFF, at)
        self.reason = reason


class DrillRecord(Row):
    """How a provider that was invited to a drill did: one row each, and what it had there at the beginning. It first
    offered something by itself at `answered_at` (None: never); `quality` is known at the drill's end.
    """

    drill = models.ForeignKey(Drill, models.PROTECT, related_name="records")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="drill_records")
    balance = AmountField()
    answered_at = models.DateTimeField(null=True)
    answer_seconds = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    quality = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Quality], blank=True, default=""
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drill", "provider"], name="drill_record_one_each"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="drill_record_balance_not_negative"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer_seconds__isnull=True)
                | Q(answered_at__isnull=False, answer_seconds__gte=0),
                name="drill_record_answered_in_time",
            ),
        ]
        indexes = [models.Index(fields=["provider", "created_at", "id"], name="drill_record_of_provider")]

    def __str__(self) -> str:
        return f"{self.provider} in {self.drill}"

    def answer(self, at: datetime, seconds: Decimal) -> None:
        """Have offered something for the first time, so long after the drill was opened; does not save."""
        self.answered_at, self.answer_seconds = at, seconds
