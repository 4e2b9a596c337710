"""The relay: moves committed events into the order that readers of a venue follow. Any number may run; for each venue
one at a time works."""

import threading
import time
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, connection

from backstop.database import is_contended
from backstop.faults import explain
from backstop.management.policy import WaitsForServer
from backstop.operations.forget_answers import forget_answers
from backstop.operations.forget_marks import forget_marks
from backstop.operations.publish_events import publish_events
from backstop.pulse import Pulse
from backstop.queries import list_unpublished_venues
from backstop.transactions import perform, perform_alone

IDLE_SECONDS = 0.1
BROKEN_SECONDS = 1.0
REST_SECONDS = 60.0  # once no answer is old any more

ACTOR = "command:relay"

log = structlog.get_logger(__name__)


def publish(limit: int = 1000) -> int:
    """Publish up to `limit` events of each venue that has some and that no other relay is at work for; how many."""
    return sum(_publish(venue_id, limit) for venue_id in list_unpublished_venues())


def _publish(venue_id: UUID | None, limit: int) -> int:
    Pulse(settings.RUN_FOLDER, "relay").beat()
    try:
        done = perform_alone(f"relay:{venue_id}", publish_events, actor=ACTOR, venue_id=venue_id, limit=limit)
    except Error as problem:
        if not is_contended(problem):
            raise
        log.warning("venue_passed_over", venue=str(venue_id), problem=str(problem))
        return 0
    return done or 0


class Command(WaitsForServer):
    help = (
        "Publish events: give committed events their gapless positions, for streams and webhooks to follow. "
        "Runs until SIGTERM or SIGINT, waits for a database that is away, and deletes answers older than seven days, "
        "and past marks older than six hours. "
        "Example: manage.py relay"
    )

    def run(self, stopping: threading.Event) -> None:
        forget_at, pulse = time.monotonic(), Pulse(settings.RUN_FOLDER, "relay")
        while not stopping.is_set():
            pulse.beat()
            try:
                published = publish()
                # A batch a round, between two of events: as fast as they come, and no event waits for more than one.
                if time.monotonic() >= forget_at:
                    forget_at = time.monotonic() + REST_SECONDS  # should it fail, too
                    if perform(forget_answers, actor=ACTOR) + perform(forget_marks, actor=ACTOR):
                        forget_at = time.monotonic()
                if not published:
                    stopping.wait(IDLE_SECONDS)
            except Error as problem:
                log.warning("trying_again", problem=explain(problem) or str(problem))
                connection.close()
                stopping.wait(BROKEN_SECONDS)
        connection.close()
