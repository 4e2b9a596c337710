"""A worker that stands still before a queue that holds work is ended; one that idles, works or has no broker is not."""

import os
import time
from collections.abc import Iterator

import pytest
from celery.worker import state
from kombu import Queue

from backstop.config.celery import app
from backstop.config.watchdog import Watchdog

QUEUE = f"wake-of-the-watchdog-{os.getpid()}"  # tests that run at once share the broker


@pytest.fixture
def watchdog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watchdog]:
    """Of a worker that consumes a queue in which one wake-up waits, and has taken nothing for its time."""
    watchdog = Watchdog(app, still_seconds=0.01)
    monkeypatch.setitem(app.amqp.queues, QUEUE, Queue(QUEUE))
    monkeypatch.setattr(app.amqp.queues, "_consume_from", {QUEUE: app.amqp.queues[QUEUE]})
    _clear()
    app.send_task("sweep", ("route_books",), queue=QUEUE)
    time.sleep(0.02)
    yield watchdog
    _clear()


def _clear() -> None:
    with app.connection_for_write() as connection:
        app.amqp.queues[QUEUE].bind(connection.default_channel).purge()


def test_it_stands_still_before_a_queue_that_holds_work(watchdog: Watchdog) -> None:
    assert watchdog.stands_still()


def test_it_does_not_before_an_empty_queue(watchdog: Watchdog) -> None:
    _clear()
    assert not watchdog.stands_still()


def test_it_does_not_while_it_takes_or_does_something(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog.still_seconds = 60
    assert not watchdog.stands_still()
    watchdog.still_seconds = 0.01
    monkeypatch.setattr(state, "active_requests", {"a long sweep"})
    assert not watchdog.stands_still()


def test_a_broker_that_is_away_is_not_its_fault_and_its_time_begins_anew(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.conf, "broker_read_url", "redis+socket:///nowhere/redis.sock")
    assert not watchdog.stands_still()
    monkeypatch.undo()
    watchdog.still_seconds = 1
    assert not watchdog.stands_still()


def test_a_task_that_is_under_way_for_longer_than_any_takes_hangs(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Task:
        """A request that Celery works on."""

    sweep = Task()
    monkeypatch.setattr(state, "active_requests", {sweep})
    watchdog.stuck_seconds = 0.05
    assert not watchdog.hangs()
    time.sleep(0.06)
    assert watchdog.hangs()
    monkeypatch.setattr(state, "active_requests", {Task()})
    assert not watchdog.hangs(), "another one has just begun"
