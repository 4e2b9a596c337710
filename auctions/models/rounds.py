"""Who looks for work at which stage, when they last did, and that anybody does so for a venue."""

from datetime import datetime

from django.db import models

from auctions.rules.outages import LastBeat
from backstop.models.base import FrozenArrayField, Row
from backstop.models.venues import Venue


class Program(models.TextChoices):
    CLOCK = "CLOCK"
    WORKER = "WORKER"


class Round(Row):
    """The last round of one process at one stage that came to its end, whether there was work or not.

    The process looks after the venues with these codes; after all where there are none.
    """

    rows_go = True

    stage = models.CharField(max_length=32)
    program = models.CharField(max_length=8, choices=Program)
    process = models.CharField(max_length=128)
    venues = FrozenArrayField(models.CharField(max_length=64), default=list)
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "process"], name="round_once_a_process")]

    def __str__(self) -> str:
        return f"{self.stage} by {self.process}"


class Heartbeat(Row):
    """When anybody last began a round for a venue: what is longer ago than a playbook allows is an outage."""

    venue = models.OneToOneField(Venue, models.CASCADE, related_name="heartbeat")
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.venue} at {self.beat_at}"

    def beat(self, at: datetime) -> None:
        """Beat once more; does not save."""
        self.beat_at = at


def last_beat_of(venue: Venue, outage_seconds: int | None) -> LastBeat:
    """Whether anything runs at the venue, where a gap of up to so many seconds is none (None: however long)."""
    beat = None if outage_seconds is None else getattr(venue, "heartbeat", None)
    return LastBeat(beat.beat_at if beat else None, outage_seconds)
