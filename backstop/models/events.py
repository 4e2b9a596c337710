"""The record of what happened: written with the change itself, published afterwards in one gapless order."""

from django.db import models

from backstop.clock import DatabaseNow
from backstop.models.base import FrozenJSONField
from backstop.models.venues import Venue


class Event(models.Model):
    """Something that happened. `subject_id` names the row, `provider_id` whom alone it concerns (None: the venue)."""

    id = models.BigAutoField(primary_key=True)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    provider_id = models.UUIDField(null=True)
    payload = FrozenJSONField(default=dict)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes = [models.Index(fields=["subject_id"], name="event_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Outbox(models.Model):
    """An event that is committed and not yet published."""

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True)

    class Meta:
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return str(self.event_id)


class Publication(models.Model):
    """An event's place in the one order that readers follow: positions have no gaps."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT)
    published_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return str(self.position)
