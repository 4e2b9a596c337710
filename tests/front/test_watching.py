"""Whoever watches the board is told of all that happens, by one connection to the database for all who watch."""

import os
import threading
import time
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from auctions.desks.drafts import BookOrder
from auctions.events import AuctionWithdrawn
from backstop.front.__main__ import LISTENERS
from backstop.front.streams import STREAMS_PER_KEY
from backstop.management.commands.relay import publish
from backstop.models import Publication, Venue
from backstop.record import record_events
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.elsewhere import eventually
from tests.front.wire import Served, head
from tests.people import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

BOOKS = int(os.environ.get("BOOKS", "200"))
WATCHERS = STREAMS_PER_KEY
LATE_SECONDS = 20.0
HEARTBEAT_SECONDS = 60.0  # nobody is told because nothing happened


class Watching:
    """A connection to the board's feed; `told_at` is when it was told last, and `told` how often."""

    def __init__(self, served: Served, session: str) -> None:
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
        self._socket = served.open(head("GET", "/board/feed/", Cookie=cookie))
        self._socket.settimeout(None)
        self.told, self.told_at = 0, 0.0
        threading.Thread(target=self._read, daemon=True).start()
        assert eventually(lambda: self.told > 0), "it is told at once: what was before it may not have seen"

    def _read(self) -> None:
        while text := self._socket.recv(65536):
            if b"event: news" in text:
                self.told, self.told_at = self.told + 1, time.monotonic()

    def cut(self) -> None:
        self._socket.close()


@pytest.fixture
def served(db: None):
    one = Served(5, heartbeat_seconds=HEARTBEAT_SECONDS)
    yield one
    one.clear()


def session_of(name: str) -> str:
    return str(signed_in(User.objects.create_superuser(name)).cookies[settings.SESSION_COOKIE_NAME].value)


class Relaying:
    """Publishes what happens until it is `stop`ped; the last of it, but for a moment, at `last_at`."""

    def __init__(self) -> None:
        self.last_at = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def _relay(self) -> None:
        while not self._ending.wait(0.02):
            self._publish()
        self._publish()
        connection.close()

    def _publish(self) -> None:
        began = time.monotonic()
        while publish():
            self.last_at = began

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(60)


def connections_of_others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        (found,) = cursor.fetchone()
    return int(found)


def test_a_cascade_of_books_loses_no_update_and_costs_one_connection_a_process(served: Served) -> None:
    venue: Venue = market.a_market()
    market.a_playbook(venue)
    key = session_of("operator")
    watchers = [Watching(served, key) for _ in range(WATCHERS)]
    relaying = Relaying()
    for n in range(0, BOOKS, 10):
        legs = (market.position("BTC-PERP", "LONG", "2", "20000"),)
        orders = [BookOrder(f"book-{each}", legs, Decimal(3000)) for each in range(n, n + 10)]
        market.receive(venue, orders)
    relaying.stop()
    assert Publication.objects.filter(venue=venue, kind="book_received").count() == BOOKS
    for each in watchers:
        assert eventually(lambda each=each: each.told_at > relaying.last_at, LATE_SECONDS)
    # In each process one follows, for all who watch, and one answered them when they came, one after another.
    assert connections_of_others() <= 2 * LISTENERS["web"].processes
    for each in watchers:
        each.cut()


def test_who_watches_is_told_within_two_seconds_and_of_its_own_venues_alone(served: Served) -> None:
    venue = build.a_venue()
    watching = Watching(served, session_of("operator"))
    time.sleep(0.6)
    before = watching.told
    perform(record_events, events=[AuctionWithdrawn(venue_id=venue.id, subject_id=uuid4(), reason="")])
    while publish():
        pass
    assert eventually(lambda: watching.told > before, 2)
    watching.cut()
