"""When Celery's workers were last seen to look after a stage."""

from django.db import models

from backstop.models.base import Row


class Heartbeat(Row):
    """The instant at which workers last looked for work at a stage, whether there was any or not."""

    stage = models.CharField(max_length=32, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"heartbeat of {self.stage}"
