"""Who looks for work at which stage, and when they last did."""

from django.db import models

from backstop.models.base import FrozenArrayField, Row


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
