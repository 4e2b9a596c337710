"""The Celery application: worker, beat, and whoever nudges a sweep. It carries wake-ups, never facts."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")

app = Celery("backstop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_alone(**details: object) -> None:
    """Django's settings have set it up: that somebody listens here keeps Celery from doing it again, its own way."""
