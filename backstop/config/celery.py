"""The Celery application: worker, beat, and whoever nudges a sweep. It carries wake-ups, never facts."""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")

app = Celery("backstop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def set_schedule(sender: Celery, **details: object) -> None:
    """Once the tasks are known: what beat asks for, and how often."""
    sender.conf.beat_schedule = import_string(settings.BEAT_SCHEDULE)()


@setup_logging.connect
def leave_logging_alone(**details: object) -> None:
    """Django's settings have set it up: that somebody listens here keeps Celery from doing it again, its own way."""
