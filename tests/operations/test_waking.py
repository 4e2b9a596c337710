"""Wake-ups are no facts: sending one neither waits nor fails, and a queue holds a few of them."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

from auctions import tasks
from auctions.tasks import STAGES, wake
from backstop.config.celery import app
from backstop.queues import count_waiting
from backstop.transactions import perform_alone
from tests.races.together import together

STAGE = "route_books"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """The empty queue of STAGE, which nobody else uses; nothing was sent from this process yet."""
    queue = Queue(f"wake-of-a-test-{os.getpid()}")  # tests that run at once share the broker
    monkeypatch.setitem(app.amqp.queues, queue.name, queue)
    monkeypatch.setitem(STAGES, STAGE, replace(STAGES[STAGE], queue=queue.name))
    monkeypatch.setattr(tasks, "_wakes", tasks._Wakes())
    with app.connection_for_write() as connection:
        queue.bind(connection.default_channel).purge()
    yield queue
    with app.connection_for_write() as connection:
        queue.bind(connection.default_channel).delete()


def waiting(queue: Queue) -> int:
    with app.connection_for_write() as connection:
        return count_waiting(queue, connection.default_channel)


def test_a_queue_takes_no_more_than_its_bound(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WAKE_UPS_WAITING", 3)
    for _ in range(5):
        wake(STAGE)
    assert waiting(queue) == 3


def test_a_broker_that_failed_is_left_alone_for_a_moment(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fails() -> None:
        asked.append(1)
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(app, "producer_or_acquire", fails)
        wake(STAGE)
        wake(STAGE)
    assert len(asked) == 1
    wake(STAGE)
    assert waiting(queue) == 0
    monkeypatch.setattr(tasks._wakes, "quiet_until", 0.0)
    wake(STAGE)
    assert waiting(queue) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_done_alone_is_not_done_by_a_second_one_meanwhile() -> None:
    begun, done = threading.Event(), threading.Event()

    def first() -> str:
        begun.set()
        assert done.wait(20)
        return "first"

    def second() -> list[str | None]:
        assert begun.wait(20)
        try:
            return [perform_alone("a", lambda: "second", actor="test"), perform_alone("b", lambda: "b", actor="test")]
        finally:
            done.set()

    assert together(lambda: perform_alone("a", first, actor="test"), second) == ["first", [None, "b"]]
    assert perform_alone("a", lambda: "third", actor="test") == "third"
