"""What takes a provider's bids back when nothing more is heard of it: the dead man's switch."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from accounts.models import Provider
from backstop.models.base import DeadlineField, Row, Swept


class CancelSwitch(Row, Swept):
    """Unless its provider, last heard at `heard_at`, says something before `cancels_at`, what it has bid is taken back
    then; None: nothing is. Once its time is over it looks at bids batch by batch, and trips with the last:
    `looked_past` is the sequence up to which it has, `taken_back` how many it took.

    Its verbs change it in memory and do not save.
    """

    provider = models.OneToOneField(Provider, models.PROTECT, related_name="cancel_switch")
    heard_at = models.DateTimeField()
    cancels_at = DeadlineField(null=True)
    looked_past = models.BigIntegerField(default=0, db_default=0)
    taken_back = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name_plural = "cancel switches"
        indexes = [
            models.Index(fields=["cancels_at"], condition=Q(cancels_at__isnull=False), name="cancel_switch_to_trip"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="cancel_switch_parked"),
        ]

    def __str__(self) -> str:
        return f"cancel switch of {self.provider}"

    def is_due(self, now: datetime) -> bool:
        """Whether its provider was silent for too long; at `cancels_at` exactly it was."""
        return self.cancels_at is not None and self.cancels_at <= now

    def hear(self, seconds: int, at: datetime) -> None:
        """Wait for its provider for so many seconds from now on; with 0 it takes nothing back any more."""
        self.heard_at = at
        self.cancels_at = at + timedelta(seconds=seconds) if seconds else None
        self.looked_past = self.taken_back = 0
        self.unpark()

    def look(self, until: int, taken: int) -> None:
        """Have taken back so many bids more, up to and with this sequence: there are others."""
        self.looked_past, self.taken_back = until, self.taken_back + taken

    def trip(self, taken: int) -> None:
        """Have taken back so many bids more, the last: once."""
        self.cancels_at = None
        self.looked_past, self.taken_back = 0, self.taken_back + taken
        self.unpark()

    def put_off(self, since: datetime, now: datetime) -> None:
        """Where its time was not over at `since`, wait as much longer as has passed since then, or since its provider
        was heard."""
        if self.cancels_at is not None and self.cancels_at > since:
            self.cancels_at += now - max(self.heard_at, since)
            self.looked_past = 0
