"""Events are written with their change and published in one gapless order."""

import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction

from backstop import clock
from backstop.api.health import Unhealthy, oldest_unpublished_event
from backstop.delivery.relay import publish_events
from backstop.models import Event, Outbox, Publication, StoredAnswer
from backstop.operations.forget_answers import forget_answers
from backstop.record import NewEvent, record_events
from backstop.transactions import perform
from tests.builders import a_venue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue():
    return a_venue()


def record(venue, *kinds: str) -> None:
    perform(record_events, events=[NewEvent(venue.id, kind, uuid4()) for kind in kinds])


def published() -> list[tuple[int, str]]:
    return list(Publication.objects.order_by("position").values_list("position", "event__kind"))


def test_events_are_published_in_their_order_without_gaps(venue) -> None:
    record(venue, "a", "b")
    record(venue, "c")
    assert perform(publish_events) == 3
    record(venue, "d")
    assert perform(publish_events) == 1
    assert published() == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert not Outbox.objects.exists()


def test_nothing_to_publish_publishes_nothing(venue) -> None:
    assert perform(publish_events) == 0


def test_a_batch_is_limited_and_the_next_one_goes_on(venue) -> None:
    record(venue, *"abc")
    assert [perform(publish_events, limit=2), perform(publish_events, limit=2)] == [2, 1]
    assert published() == [(1, "a"), (2, "b"), (3, "c")]


def test_the_oldest_events_come_first_however_they_were_stored(venue) -> None:
    record(venue, *"abc")
    stored = list(Outbox.objects.order_by("-event_id"))
    Outbox.objects.all().delete()
    Outbox.objects.bulk_create(stored)
    assert perform(publish_events, limit=2) == 2
    assert published() == [(1, "a"), (2, "b")]


def test_an_event_of_a_change_that_was_rolled_back_never_happened(venue) -> None:
    with transaction.atomic():
        record_events([NewEvent(venue.id, "lost", uuid4())])
        transaction.set_rollback(True)
    record(venue, "kept")  # after a gap in the ids of events
    perform(publish_events)
    assert published() == [(1, "kept")]


def test_amounts_ids_and_times_are_plain_text_in_a_payload(venue) -> None:
    subject, now = uuid4(), clock.now()
    payload = {"amount": Decimal("1E+3"), "who": subject, "at": now, "parts": [Decimal("0.10")]}
    perform(record_events, events=[NewEvent(venue.id, "rich", subject, payload=payload)])
    assert Event.objects.get().payload == {
        "amount": "1000",
        "who": str(subject),
        "at": now.isoformat(),
        "parts": ("0.1",),
    }


def test_what_cannot_be_written_plainly_is_our_fault(venue) -> None:
    with pytest.raises(TypeError):
        perform(record_events, events=[NewEvent(venue.id, "bad", uuid4(), payload={"x": object()})])


def test_recording_needs_a_transaction(venue) -> None:
    with pytest.raises(RuntimeError, match="needs a transaction"):
        record_events([])


def test_concurrent_writers_and_relays_leave_no_gap_and_lose_nothing(venue) -> None:
    """Ids of events are given before the commit, so that a reader of ids would miss the ones that commit late."""
    writers, each = 6, 40
    done = threading.Event()

    def write(number: int) -> None:
        try:
            for index in range(each):
                record(venue, f"{number}:{index}:first", f"{number}:{index}:second")
        finally:
            connection.close()

    failures: list[Exception] = []

    def relay() -> None:
        try:
            while not done.is_set():
                perform(publish_events, limit=7)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    relays = [threading.Thread(target=relay) for _ in range(2)]
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in [*relays, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    for thread in relays:
        thread.join()
    assert failures == []
    while perform(publish_events):
        pass
    rows = published()
    assert [position for position, _ in rows] == list(range(1, writers * each * 2 + 1))
    place = {kind: position for position, kind in rows}
    for number in range(writers):
        order = [place[f"{number}:{index}:{part}"] for index in range(each) for part in ("first", "second")]
        assert order == sorted(order)


def test_health_tells_how_long_the_oldest_event_waits(venue, travel) -> None:
    assert oldest_unpublished_event() == "none waits"
    record(venue, "a")
    assert "the oldest has been waiting" in oldest_unpublished_event()
    travel(seconds=31)
    with pytest.raises(Unhealthy, match="is the relay running"):
        oldest_unpublished_event()
    perform(publish_events)
    assert oldest_unpublished_event() == "none waits"


def test_answers_are_forgotten_after_seven_days(travel) -> None:
    def store(key: str) -> None:
        StoredAnswer.objects.create(principal="p", method="POST", path="/", key=key, fingerprint="f", answer={})

    store("old")
    travel(days=6)
    store("young")
    travel(days=1, seconds=1)
    assert perform(forget_answers) == 1
    assert StoredAnswer.objects.get().key == "young"


@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_relay_publishes_until_it_is_told_to_stop(venue, how) -> None:
    relay = subprocess.Popen(
        [sys.executable, "manage.py", "relay"],
        env={**os.environ, "DATABASE_URL": connection.connection.info.dsn},
    )
    try:
        record(venue, "a")
        deadline = threading.Event()
        for _ in range(200):
            if Publication.objects.exists():
                break
            deadline.wait(0.1)
        assert published() == [(1, "a")]
        relay.send_signal(how)
        assert relay.wait(timeout=10) == 0
    finally:
        relay.kill()
        relay.wait()
