"""Nothing stops the market: whatever of broker, workers and clocks is killed or hangs, books go on to their end.

Real processes on the test's database: clocks and workers as the supervisor starts them, and a Redis of their own.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.db import connection

from auctions import clock_rounds, queries
from auctions.lifecycle import BookState
from auctions.models import Award, Book, Program, Round, Settlement
from auctions.operations.operator.audit import audit
from auctions.operations.sweeps.note_rounds import note_rounds
from auctions.tasks import STAGES, WORKERS_OWN
from backstop import clock
from backstop.config import programs
from backstop.models import Event
from backstop.stack import embedded
from tests import builders as build
from tests import invariants, market, roles
from tests.builders import perform
from tests.elsewhere import HOUSE, Elsewhere, eventually
from tests.rabbit import Rabbit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

NOWHERE = "redis+socket:///nowhere/redis.sock"


class Programs:
    """Programs of the stack on this test's database, each in a session of its own."""

    def __init__(self, folder: Path) -> None:
        self.broker_url = NOWHERE
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, **env: str) -> subprocess.Popen[bytes]:
        servers = {"DATABASE_URL": roles.programs_url(), "BROKER_URL": self.broker_url}
        with (self.folder / f"{name}.log").open("ab") as log:
            program = subprocess.Popen(
                programs.commands("127.0.0.1", 0, 0)[name],
                env={**os.environ, **servers, **env},
                cwd=HOUSE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(program)
        return program

    def kill(self, program: subprocess.Popen[bytes]) -> None:
        """The program and its children, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()

    def kept(self, name: str, program: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """The program, started again where it ended itself: as the supervisor does."""
        return program if program.poll() is None else self.start(name)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def clear(self) -> None:
        for program in self.running:
            self.kill(program)


@pytest.fixture
def started() -> Iterator[Programs]:
    elsewhere = Elsewhere()
    programs = Programs(elsewhere.folder)
    yield programs
    programs.clear()
    elsewhere.clear()


@pytest.fixture
def redis(started: Programs, monkeypatch: pytest.MonkeyPatch) -> Iterator[psutil.Process]:
    """A Redis that `started` use as their broker."""
    monkeypatch.delenv("BROKER_URL")
    here = embedded.Servers(started.folder / "redis")
    with embedded.running(here):
        started.broker_url = here.broker_url
        (server,) = [each for each in psutil.Process().children() if str(here.redis_socket) in " ".join(each.cmdline())]
        yield server
        with contextlib.suppress(psutil.NoSuchProcess):
            server.kill()


@pytest.fixture
def rabbit(started: Programs) -> Iterator[Rabbit]:
    """A RabbitMQ that `started` use as their broker."""
    elsewhere = Elsewhere()
    try:
        rabbit = Rabbit(elsewhere.folder)
        rabbit.start()
        started.broker_url = rabbit.url
        yield rabbit
    finally:
        elsewhere.clear()


@pytest.fixture
def venue(travel):
    """A market in which a book passes through all steps within three seconds, and commitments take part of it."""
    venue = market.a_market(fund="10000000")
    market.a_playbook(
        venue,
        units_per_lot=10,
        mark_max_age_seconds=86400,
        sealed_seconds=1,
        max_reopenings=0,
        dutch_seconds=1,
        dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 1},
    )
    build.a_commitment(build.a_provider(venue, "Alice", collateral="20000000"), cap_per_assignment="10000")
    return venue


def receive(venue, *references: str) -> None:
    for reference in references:
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference=reference, cash="3000")


def all_ended(count: int) -> bool:
    return Book.objects.filter(state=BookState.CLOSED).count() == count


def beats(since: float = 2) -> bool:
    rounds = Round.objects.filter(stage=WORKERS_OWN, program=Program.WORKER)
    return rounds.filter(ended_at__gt=clock.now() - timedelta(seconds=since)).exists()


def nothing_happened_twice(books: int) -> None:
    invariants.everything_ended()
    assert perform(audit) == []
    awards = Award.objects.count()
    assert awards >= 2 * books
    for kind, expected in (("book_routed", books), ("book_closed", books), ("award_settled", awards)):
        told = Event.objects.filter(kind=kind)
        assert (told.count(), told.values("subject_id").distinct().count()) == (expected, expected), kind


def test_a_clock_alone_brings_every_book_to_its_end(started, venue):
    started.start("clock")
    receive(venue, "a", "b", "c")
    assert eventually(lambda: all_ended(3)), started.log_of("clock")
    nothing_happened_twice(3)


def test_two_clocks_do_nothing_twice(started, venue):
    for _ in range(2):
        started.start("clock")
    for number in range(8):
        receive(venue, f"{number}-a", f"{number}-b")
        time.sleep(0.1)
    assert eventually(lambda: all_ended(16)), started.log_of("clock")
    nothing_happened_twice(16)
    assert "stage_failed" not in started.log_of("clock")


def test_a_clock_that_was_killed_is_carried_on_by_the_next(started, venue):
    receive(venue, "a", "b")
    first = started.start("clock")
    assert eventually(lambda: Award.objects.exists())
    started.kill(first)
    time.sleep(1)
    assert not all_ended(2)
    started.start("clock")
    assert eventually(lambda: all_ended(2)), started.log_of("clock")
    nothing_happened_twice(2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_clock(started, venue, number):
    program = started.start("clock")
    receive(venue, "a")
    assert eventually(lambda: Award.objects.exists())
    program.send_signal(number)
    assert program.wait(60) == 0, "by itself, and not killed"


def test_the_clock_waits_for_a_database_that_is_away_and_ends_when_told(started):
    program = started.start("clock", DATABASE_URL="postgresql:///backstop?host=/nowhere")
    assert eventually(lambda: "the database does not answer" in started.log_of("clock"))
    assert program.poll() is None
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0


def test_the_clock_goes_on_when_its_connections_are_cut(started, venue, database_owner):
    program = started.start("clock")
    receive(venue, "a")
    assert eventually(lambda: Award.objects.exists())
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.2)
    assert eventually(lambda: all_ended(1)), started.log_of("clock")
    assert not Event.objects.filter(kind="row_parked").exists(), "that the connection was lost is no row's fault"
    assert program.poll() is None


def test_a_redis_that_hangs_stops_no_book_and_the_worker_comes_back_after_it(started, redis, venue):
    worker = started.start("worker")
    started.start("clock")
    assert eventually(beats), started.log_of("worker")
    redis.suspend()
    time.sleep(3)
    receive(venue, "a", "b")
    assert eventually(lambda: all_ended(2)), started.log_of("clock")
    redis.resume()
    assert eventually(lambda: worker.poll() is not None or beats(0.5), 60), started.log_of("worker")
    if worker.poll() is not None:  # it ended itself, and whoever runs it starts it again
        assert "worker_stands_still" in started.log_of("worker")
        started.start("worker")
    assert eventually(beats), started.log_of("worker")


def test_a_redis_that_is_killed_stops_no_book(started, redis, venue):
    started.start("worker")
    started.start("clock")
    assert eventually(beats), started.log_of("worker")
    receive(venue, "a")
    redis.kill()
    receive(venue, "b")
    assert eventually(lambda: all_ended(2)), started.log_of("clock")
    nothing_happened_twice(2)


def is_used_again(started: Programs, worker: subprocess.Popen[bytes]) -> bool:
    """Whether wake-ups arrive from now on; a worker that ended itself is started again, as the supervisor would."""
    since, kept = clock.now(), [worker]

    def beats_again() -> bool:
        kept.append(started.kept("worker", kept[-1]))
        return Round.objects.filter(stage=WORKERS_OWN, program=Program.WORKER, ended_at__gt=since).exists()

    return eventually(beats_again, 40)


@pytest.mark.rabbitmq
def test_a_rabbitmq_that_is_killed_and_started_again_is_used_again(started, rabbit, venue):
    worker = started.start("worker")
    started.start("clock")
    assert eventually(beats), started.log_of("worker")
    rabbit.kill()
    receive(venue, "a")
    assert eventually(lambda: all_ended(1)), started.log_of("clock")
    rabbit.start()
    assert is_used_again(started, worker), started.log_of("worker")
    nothing_happened_twice(1)


@pytest.mark.rabbitmq
def test_a_rabbitmq_that_hangs_stops_no_book_and_is_used_again(started, rabbit, venue):
    worker = started.start("worker")
    started.start("clock")
    assert eventually(beats), started.log_of("worker")
    rabbit.freeze()
    time.sleep(3)
    receive(venue, "a")
    assert eventually(lambda: all_ended(1)), started.log_of("clock")
    rabbit.resume()
    assert is_used_again(started, worker), started.log_of("worker")


def test_settlements_go_on_after_workers_are_killed(started, redis, venue):
    worker = started.start("worker")
    started.start("clock")
    assert eventually(beats), started.log_of("worker")
    started.kill(worker)
    receive(venue, "a")
    assert eventually(lambda: all_ended(1)), started.log_of("clock")
    assert Settlement.objects.filter(settled_at__isnull=False).count() >= 2


def test_the_clock_leaves_settlements_to_workers_while_their_heart_beats(venue, travel):
    travel.freeze()
    receive(venue, "a")
    market.sweep("route_books", "assign_lots")
    perform(note_rounds, program=Program.WORKER, stages=[WORKERS_OWN], venues=[])
    assert clock_rounds._run(WORKERS_OWN) is None
    travel(seconds=1, milliseconds=999)
    assert clock_rounds._run(WORKERS_OWN) is None
    travel(milliseconds=1)
    assert clock_rounds._run(WORKERS_OWN) == 1


def test_a_stage_that_fails_keeps_no_other_from_its_work(venue, travel, monkeypatch):
    def fails(*_):
        raise RuntimeError("nobody thought of this")

    monkeypatch.setitem(STAGES, "close_auctions", replace(STAGES["close_auctions"], due=fails))
    receive(venue, "a")
    assert clock_rounds._sweep(["close_auctions", "route_books"], bool) == 0
    assert Book.objects.get().state == BookState.ROUTED


def test_the_clock_sleeps_until_the_next_deadline_and_never_longer_than_half_a_second(venue, travel):
    travel.freeze()
    assert clock_rounds._sweep(list(STAGES), bool) == clock_rounds.IDLE_SECONDS
    receive(venue, "a")
    market.sweep()
    closes_at = queries.get_next_deadline(clock.now())
    assert closes_at == clock.now() + timedelta(seconds=1)
    assert clock_rounds._sweep(list(STAGES), bool) == clock_rounds.IDLE_SECONDS
    travel(milliseconds=700)
    assert clock_rounds._sweep(list(STAGES), bool) == pytest.approx(0.3)


def test_a_clock_of_which_a_hand_hangs_ends_itself_to_be_started_again(monkeypatch):
    ended, hangs = threading.Event(), threading.Event()

    def end(code):
        assert code == 1
        ended.set()
        stopping.set()

    stopping = threading.Event()
    monkeypatch.setattr(clock_rounds, "_sweep", lambda stages, moved: hangs.wait(20))
    monkeypatch.setattr(clock_rounds, "wake", lambda stage: None)
    monkeypatch.setattr(clock_rounds, "STUCK_SECONDS", 0.2)
    monkeypatch.setattr(clock_rounds, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(clock_rounds.os, "_exit", end)
    clock_rounds.keep_time(stopping)
    hangs.set()
    assert ended.is_set()
