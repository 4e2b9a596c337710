"""Publishes, in a process of its own, what tells by itself when that was."""

import time
from multiprocessing.synchronize import Event
from uuid import UUID, uuid4

A_SECOND, AT_ONCE = 200, 5


def publish(venue_id: UUID, is_ready: Event, joined: Event, ended: Event) -> None:
    """Five events forty times a second, once all have joined. In a process of its own."""
    import django

    django.setup()
    _tell(venue_id, 1)  # what takes long the first time is over then
    is_ready.set()
    joined.wait()
    next_at = time.monotonic()
    while not ended.is_set():
        _tell(venue_id, AT_ONCE)
        next_at += AT_ONCE / A_SECOND
        ended.wait(max(0.0, next_at - time.monotonic()))


def _tell(venue_id: UUID, count: int) -> None:
    """Publish so many events, each of which says when that was."""
    from auctions.events import AuctionWithdrawn
    from backstop.management.commands.relay import publish
    from backstop.record import record_events
    from tests.builders import perform

    said = [AuctionWithdrawn(venue_id=venue_id, subject_id=uuid4(), reason=str(time.monotonic())) for _ in range(count)]
    perform(record_events, events=said)
    publish()
