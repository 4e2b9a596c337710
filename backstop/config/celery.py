"""The Celery application: worker, beat, and whoever nudges a sweep. It carries wake-ups, never facts."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")

app = Celery("backstop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
