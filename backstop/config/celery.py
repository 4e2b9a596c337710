"""The Celery application: the workers, and whoever wakes them. It carries wake-ups, never facts."""

import os
import threading
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_received, worker_init, worker_ready

from backstop.config import host
from backstop.config.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")

app = Celery("backstop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
watchdog = Watchdog(app)


@worker_init.connect
def measure(**details: object) -> None:
    """What the worker's processes measure is shared, and told by /metrics."""
    host.share_measures("worker")


@worker_ready.connect
def watch(sender: Any, **details: object) -> None:
    """From now on a worker that stands still ends itself."""
    program, _, _ = sender.hostname.partition("@")
    threading.Thread(target=watchdog.run, args=(program,), name="watchdog", daemon=True).start()


@task_received.connect
def take_note(**details: object) -> None:
    """Something was taken from a queue: this worker does not stand still."""
    watchdog.take_note()


@setup_logging.connect
def leave_logging_alone(**details: object) -> None:
    """Django's settings have set it up: that somebody listens here keeps Celery from doing it again, its own way."""
