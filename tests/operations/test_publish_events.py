"""Events are written with their change, name who acted, and are published in one gapless order a venue."""

import os
import signal
import subprocess
import sys
import threading
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.events import ProviderResumed
from backstop import clock
from backstop.events import VenueEvent
from backstop.management.commands.relay import publish
from backstop.models import Event, Outbox, Publication, StoredAnswer, Venue
from backstop.record import record_events
from backstop.transactions import operation, perform_alone
from tests import roles
from tests.builders import a_venue, perform
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue():
    return a_venue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(VenueEvent):
    """Somebody said something."""

    text: str


def said(venue, *texts: str) -> list[Said]:
    return [Said(venue_id=venue.id, subject_id=uuid4(), text=text) for text in texts]


def record(venue, *texts: str) -> None:
    perform(record_events, events=said(venue, *texts))


def published(venue=None) -> list[tuple[int, str]]:
    """Positions and what was said there: of this venue, or where there is but one."""
    rows = Publication.objects.filter(venue=venue) if venue else Publication.objects.all()
    return list(rows.order_by("position").values_list("position", "payload__text"))


def test_events_are_published_in_their_order_without_gaps(venue) -> None:
    record(venue, "a", "b")
    record(venue, "c")
    assert publish() == 3
    record(venue, "d")
    assert publish() == 1
    assert published() == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert not Outbox.objects.exists()


def test_nothing_to_publish_publishes_nothing(venue) -> None:
    assert publish() == 0


def test_a_batch_is_limited_and_the_next_one_goes_on(venue) -> None:
    record(venue, *"abc")
    assert [publish(limit=2), publish(limit=2)] == [2, 1]
    assert published() == [(1, "a"), (2, "b"), (3, "c")]


def test_each_venue_has_an_order_of_its_own(venue) -> None:
    other = a_venue()
    perform(record_events, events=[one for text in "abc" for each in (venue, other) for one in said(each, text)])
    record(other, "d")
    assert [publish(limit=2), publish(), publish()] == [4, 3, 0]
    assert published(venue) == [(1, "a"), (2, "b"), (3, "c")]
    assert published(other) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_positions_go_on_after_publications_are_dropped(venue, database_owner) -> None:
    record(venue, "a", "b")
    publish()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE backstop_publication")
    record(venue, "c")
    publish()
    assert published() == [(3, "c")]


def test_a_publication_is_a_copy_of_the_event(venue) -> None:
    provider_id, subject_id = uuid4(), uuid4()
    whose = {"venue_id": venue.id, "provider_id": provider_id, "subject_id": subject_id}
    perform(record_events, actor="user:olivia", events=[ProviderResumed(**whose, reason="calm again")])
    publish()
    event, copy = Event.objects.get(), Publication.objects.get()
    assert (copy.event_id, copy.occurred_at) == (event.id, event.created_at)
    for name in ("venue", "kind", "visibility", "subject_id", "provider_id", "payload", "actor"):
        assert getattr(copy, name) == getattr(event, name)
    assert (copy.kind, copy.visibility, copy.provider_id) == ("provider_resumed", "PROVIDER", provider_id)
    assert (copy.payload, copy.actor) == ({"reason": "calm again"}, "user:olivia")


@pytest.mark.parametrize("model", [Event, Publication])
def test_what_was_told_is_never_changed_or_deleted(venue, database_owner, model) -> None:
    record(venue, "a")
    publish()
    promise = f"{model._meta.model_name}_append_only"
    for change in (lambda rows: rows.update(actor="nobody"), lambda rows: rows._raw_delete(rows.db)):
        with pytest.raises(DatabaseError, match=promise):
            change(model.objects.all())


def test_every_event_of_a_transaction_names_who_acted(venue) -> None:
    @operation
    def twice() -> None:
        record_events(said(venue, "a"))
        record_events(said(venue, "b"))

    perform(twice, actor="user:olivia")
    perform(record_events, actor="sweep:close_auctions", events=said(venue, "c"))
    assert list(Event.objects.order_by("id").values_list("actor", flat=True)) == [
        "user:olivia",
        "user:olivia",
        "sweep:close_auctions",
    ]


def test_nothing_is_recorded_where_nobody_acts(venue) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="nobody acts"):
        Context().run(record_events, said(venue, "a"))
    assert not Event.objects.exists()


def test_the_oldest_events_come_first_however_they_were_stored(venue) -> None:
    record(venue, *"abc")
    stored = list(Outbox.objects.order_by("-id"))
    Outbox.objects.all().delete()
    Outbox.objects.bulk_create(stored)
    assert publish(limit=2) == 2
    assert published() == [(1, "a"), (2, "b")]


def test_an_event_of_a_change_that_was_rolled_back_never_happened(venue) -> None:
    with transaction.atomic():
        record_events(said(venue, "lost"))
        transaction.set_rollback(True)
    record(venue, "kept")  # after a gap in the ids of events
    publish()
    assert published() == [(1, "kept")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rich(VenueEvent):
    """One of each."""

    amount: Decimal
    who: UUID
    at: datetime
    parts: tuple[Decimal, ...]


def test_amounts_ids_and_times_are_plain_text_in_a_payload(venue) -> None:
    subject, now = uuid4(), clock.now()
    rich = Rich(
        venue_id=venue.id, subject_id=subject, amount=Decimal("1E+3"), who=subject, at=now, parts=(Decimal("0.10"),)
    )
    perform(record_events, events=[rich])
    assert Event.objects.get().payload == {
        "amount": "1000",
        "who": str(subject),
        "at": now.isoformat(),
        "parts": ("0.1",),
    }


def test_recording_needs_a_transaction(venue) -> None:
    with pytest.raises(RuntimeError, match="needs a transaction"):
        record_events([])


def test_concurrent_writers_and_relays_leave_no_gap_and_lose_nothing(venue) -> None:
    """Ids of events are given before the commit, so that a reader of ids would miss the ones that commit late."""
    writers, each = 6, 40
    venues = (venue, a_venue())
    done = threading.Event()

    def write(number: int) -> None:
        try:
            for index in range(each):
                record(venues[number % 2], f"{number}:{index}:first", f"{number}:{index}:second")
        finally:
            connection.close()

    failures: list[Exception] = []

    def relay() -> None:
        try:
            while not done.is_set():
                publish(limit=7)
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
    while publish():
        pass
    place = {}
    for one in venues:
        rows = published(one)
        assert [position for position, _ in rows] == list(range(1, writers * each + 1))
        place |= {text: position for position, text in rows}
    for number in range(writers):
        order = [place[f"{number}:{index}:{part}"] for index in range(each) for part in ("first", "second")]
        assert order == sorted(order)


def test_relays_that_are_killed_in_the_middle_leave_no_gap_and_lose_nothing(venue, database_owner) -> None:
    for batch in range(20):
        record(venue, *[f"{batch}:{number}" for number in range(50)])

    def relay() -> None:
        busy = True
        while busy:
            try:
                busy = publish(limit=30) > 0
            except DatabaseError:
                connection.close()
        connection.close()

    relays = [threading.Thread(target=relay) for _ in range(2)]
    for thread in relays:
        thread.start()
    killed = 0
    while any(thread.is_alive() for thread in relays) and killed < 50:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%%backstop_outbox%%'"
            )
            killed += cursor.fetchone()[0]
    for thread in relays:
        thread.join()
    assert killed > 0
    told = [f"{batch}:{number}" for batch in range(20) for number in range(50)]
    assert published(venue) == list(enumerate(told, start=1))


def test_more_venues_than_a_batch_holds_events_have_their_orders() -> None:
    venues = Venue.objects.bulk_create(Venue(code=f"v{number}", name="x") for number in range(1100))
    for text in "ab":
        perform(record_events, events=[one for each in venues for one in said(each, text)])
    while publish():
        pass
    orders: dict[UUID, list[tuple[int, str]]] = {}
    for row in Publication.objects.order_by("position"):
        orders.setdefault(row.venue_id, []).append((row.position, row.payload["text"]))
    assert list(orders.values()) == [[(1, "a"), (2, "b")]] * 1100


def test_events_of_a_program_of_the_release_before_are_published_too(venue) -> None:
    """It knows nothing of a queue for each venue."""
    record(venue, "a")
    Outbox.objects.update(venue_id=None)
    record(venue, "b")
    assert publish() == 2
    assert {text for _, text in published()} == {"a", "b"}
    assert [position for position, _ in published()] == [1, 2]


def test_a_relay_that_stands_still_holds_up_its_venue_alone(venue) -> None:
    other = a_venue()
    for each in (venue, other):
        record(each, "a")
    begun, done = threading.Event(), threading.Event()

    def stand_still() -> None:
        begun.set()
        assert done.wait(20)

    def relay() -> int:
        assert begun.wait(20)
        try:
            return publish()
        finally:
            done.set()

    both = together(lambda: perform_alone(f"relay:{venue.id}", stand_still, actor="test"), relay)
    assert both == [None, 1]
    assert (published(venue), published(other)) == ([], [(1, "a")])


@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_relay_publishes_and_forgets_until_it_is_told_to_stop(venue, how) -> None:
    answers = {"principal": "p", "method": "POST", "path": "/", "fingerprint": "f", "answer": {}}
    old = [StoredAnswer(key=str(key), created_at=clock.now() - timedelta(days=8), **answers) for key in range(2001)]
    StoredAnswer.objects.bulk_create(old)
    relay = subprocess.Popen(
        [sys.executable, "manage.py", "relay"],
        env={**os.environ, "DATABASE_URL": roles.programs_url()},
    )
    try:
        record(venue, "a")
        deadline = threading.Event()
        for _ in range(200):
            if Publication.objects.exists() and not StoredAnswer.objects.exists():
                break
            deadline.wait(0.1)
        assert published() == [(1, "a")]
        assert not StoredAnswer.objects.exists(), "more than two batches are gone, without a rest between them"
        relay.send_signal(how)
        assert relay.wait(timeout=10) == 0
    finally:
        relay.kill()
        relay.wait()
