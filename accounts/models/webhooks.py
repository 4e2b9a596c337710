"""Webhooks: where a venue or a provider wants to be told of what happens, and the messages that go there.

A message is a row from when it is queued until the log of it is forgotten: what is due is found by it, and nothing of
it is known elsewhere.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from accounts.models.people import Provider
from accounts.rules.webhooks import ENDPOINT_PAUSE, MOST_ATTEMPTS, is_given_up, pause_after
from backstop.models.base import FrozenArrayField, Row
from backstop.models.venues import Venue
from backstop.values.webhooks import MAX_URL

MAX_DESCRIPTION = 200
MAX_PROBLEM = 200


class Webhook(Row):
    """An endpoint of a venue, or with `provider` of that provider. It is told of these `kinds` of events that its owner
    may see, or of all, beginning after the `position` of its venue's publication.

    It is tried by one process at a time, until `leased_until` at the latest, and not before `rests_until`: after so
    many `failures` in a row, since `failing_since`. One that is removed stays for the record.
    """

    secret_columns = ("url",)  # many an address is all that it takes to write there

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="webhooks")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, blank=True, related_name="webhooks")
    url = models.CharField(max_length=MAX_URL)
    kinds = FrozenArrayField(models.CharField(max_length=64), default=tuple)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True, default="")
    position = models.BigIntegerField(editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(max_length=MAX_PROBLEM, blank=True, default="", editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.url} ({self.provider or self.venue})"

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def disable(self, reason: str, at: datetime) -> None:
        """Let it be sent nothing; what happens meanwhile waits at its position."""
        self.disabled_at, self.disabled_reason = at, reason[:MAX_PROBLEM]

    def enable(self) -> None:
        """Let it go on from where it was, at once."""
        self.disabled_at, self.disabled_reason = None, ""
        self.arrived()

    def remove(self, at: datetime) -> None:
        """Let it be no more."""
        self.removed_at = at

    def arrived(self) -> None:
        """It takes what is sent to it."""
        self.failures, self.failing_since, self.rests_until = 0, None, None

    def wake(self) -> None:
        """Let it be tried at once, whatever failed before."""
        self.rests_until = None

    def fail(self, pause: timedelta, at: datetime) -> None:
        """It did not take something, and rests for as long as that does, within reason."""
        self.failures += 1
        self.failing_since = self.failing_since or at
        self.rests_until = at + min(pause, ENDPOINT_PAUSE)

    def is_given_up(self, at: datetime) -> bool:
        """Whether it has taken nothing for too long."""
        return self.failing_since is not None and is_given_up(self.failures, self.failing_since, at)


class WebhookSecret(Row):
    """A key that messages of a webhook are signed with, wrapped by a master key; until `expires_at` once there is a
    newer one."""

    secret_columns = ("content",)

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="secrets")
    master = models.CharField(max_length=32)
    content = models.BinaryField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webhook"], condition=Q(expires_at__isnull=True), name="webhook_secret_one_newest"
            )
        ]

    def __str__(self) -> str:
        return f"a secret of {self.webhook}"


class WebhookDelivery(Row):
    """A message to a webhook: an event, or a test without one. Its id is that of the message, whenever it is sent.

    It waits while it has a `due_at`; else it was delivered, or given up.
    """

    rows_go = True

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    event_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=64)
    position = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=MAX_PROBLEM, blank=True, default="")
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="webhook_delivery_once_an_event"),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(due_at__isnull=True), name="webhook_delivery_over_once_done"
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "created_at", "id"], name="webhook_delivery_in_order"),
            models.Index(
                fields=["webhook", "position"], condition=Q(due_at__isnull=False), name="webhook_delivery_waiting"
            ),
            models.Index(F("created_at"), name="webhook_delivery_age", condition=Q(due_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook_id}"

    def attempt(self, status: int | None, problem: str, at: datetime) -> None:
        """It was sent, and answered so."""
        self.attempts += 1
        self.attempted_at, self.status, self.problem = at, status, problem[:MAX_PROBLEM]

    def arrive(self, at: datetime) -> None:
        """It was taken."""
        self.due_at, self.delivered_at, self.given_up_at = None, at, None

    def fail(self, chance: float, at: datetime) -> timedelta:
        """It was not taken: how long until it is tried again, or would be if it were."""
        pause = pause_after(self.attempts, chance)
        if self.attempts < MOST_ATTEMPTS:
            self.due_at = at + pause
        else:
            self.due_at, self.given_up_at = None, at
        return pause

    def send_again(self, at: datetime) -> None:
        """Let it be sent now, with all its attempts before it."""
        self.due_at, self.attempts, self.delivered_at, self.given_up_at = at, 0, None, None
