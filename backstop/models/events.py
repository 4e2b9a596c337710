"""The record of what happened: written with the change itself, published afterwards in one gapless order a venue."""

import pgtrigger
from django.db import models
from django.db.models import Q

from backstop.clock import DatabaseNow
from backstop.events import Visibility
from backstop.models.base import FrozenJSONField
from backstop.models.venues import Venue

_FOR_A_PROVIDER = [Visibility.OWN.value, Visibility.PROVIDER.value]
_VISIBILITIES = [(each.value, each.value.lower()) for each in Visibility]


class Told(models.Model):
    """What an event says: what happened to the row `subject_id`, whom alone it concerns (None: no single provider), and
    who did it."""

    provider_path = "provider_id"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    visibility = models.CharField(max_length=16, choices=_VISIBILITIES)
    subject_id = models.UUIDField()
    provider_id = models.UUIDField(null=True)
    payload = FrozenJSONField(default=dict)
    actor = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Event(Told):
    """Something that happened: kept for ever as it was written."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes = [models.Index(fields=["subject_id"], name="event_subject")]
        constraints = [
            models.CheckConstraint(condition=~Q(actor=""), name="event_has_an_actor"),
            models.CheckConstraint(
                condition=Q(provider_id__isnull=True) | Q(visibility__in=_FOR_A_PROVIDER),
                name="event_of_a_provider_is_for_it",
            ),
        ]
        triggers = [pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    @classmethod
    def of_people(cls) -> models.QuerySet["Event"]:
        """What users of the admin and keys did; sweeps and commands go by rule."""
        return cls.objects.filter(Q(actor__startswith="user:") | Q(actor__startswith="key:"))


class Outbox(models.Model):
    """A queue of events that are committed and not yet published: one for each venue, and one without for those that a
    program of release 0.2.0 wrote."""

    rows_go = True

    event_id = models.BigIntegerField()
    venue_id = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [models.Index(fields=["venue_id", "id"], name="outbox_in_order")]

    def __str__(self) -> str:
        return str(self.event_id)


class Publication(Told):
    """A copy of an event at its place in the one order that readers of a venue follow: positions have no gaps.

    Publications may go by whole months; what they are copies of stays.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.BigIntegerField()
    event_id = models.BigIntegerField(unique=True)
    occurred_at = models.DateTimeField()
    published_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "position"], name="publication_position_once_a_venue"),
            models.CheckConstraint(condition=Q(position__gt=0), name="publication_position_positive"),
        ]
        triggers = [pgtrigger.Protect(name="publication_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class LastPosition(models.Model):
    """The last position that an event of a venue was published at: it outlives the publication itself."""

    venue = models.OneToOneField(Venue, models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.position)
