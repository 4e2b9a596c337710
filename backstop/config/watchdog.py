"""The watchdog of a worker: ends a process that stands still before a queue that holds work, or hangs in a task.

Whoever runs the worker starts it again. A broker that is away is no reason to end, and neither is a long task. As long
as the watchdog finds no fault the worker has a pulse.
"""

import os
import time
from weakref import WeakKeyDictionary

import structlog
from celery import Celery
from celery.worker import state
from celery.worker.request import Request
from django.conf import settings

from backstop.pulse import Pulse
from backstop.queues import count_waiting

STILL_SECONDS = 5.0
STUCK_SECONDS = 300.0  # longer than a stage takes, halving what is too much for a transaction down to one row

log = structlog.get_logger(__name__)


class Watchdog:
    """Looks after the worker of one process, whose queues are those that `app` consumes from."""

    def __init__(self, app: Celery, still_seconds: float = STILL_SECONDS) -> None:
        self.app = app
        self.stuck_seconds = STUCK_SECONDS
        self._begun_at: WeakKeyDictionary[Request, float] = WeakKeyDictionary()
        self.still_seconds = still_seconds
        self._moved_at = time.monotonic()

    def take_note(self) -> None:
        """The worker took something from a queue just now."""
        self._moved_at = time.monotonic()

    def run(self, program: str) -> None:
        """Watches until the process, of the program of this name, ends, and ends it."""
        self.take_note()
        pulse = Pulse(settings.RUN_FOLDER, program)
        while not self.stands_still() and not self.hangs():
            pulse.beat()
            time.sleep(self.still_seconds / 5)
        log.error("worker_hangs" if self.hangs() else "worker_stands_still")
        os._exit(1)  # its main loop hears nothing, not even a signal

    def hangs(self) -> bool:
        """Whether one of its tasks has been under way for longer than any takes."""
        now = time.monotonic()
        begun = [self._begun_at.setdefault(request, now) for request in list(state.active_requests)]
        return bool(begun) and now - min(begun) > self.stuck_seconds

    def stands_still(self) -> bool:
        """Whether it has long taken nothing although something waits, and is at work on nothing either."""
        if state.active_requests:
            self.take_note()
        return time.monotonic() - self._moved_at > self.still_seconds and self._something_waits()

    def _something_waits(self) -> bool:
        """Asks the broker, by a connection of its own; where it does not answer, nothing can be taken from it."""
        try:
            with self.app.connection_for_read() as connection:
                queues = self.app.amqp.queues.consume_from.values()
                return any(count_waiting(queue, connection.default_channel) for queue in queues)
        except Exception as problem:
            log.warning("broker_away", problem=str(problem))
            self.take_note()  # its time begins once the broker is there again
            return False
