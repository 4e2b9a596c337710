"""One fault after the other, drawn from a seed, and what is seen of the market meanwhile."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import Error, connection

from auctions.health import LATE_AFTER_SECONDS, get_due_seconds
from backstop import clock
from tests.faults.hosts import Host
from tests.faults.kinds import Fault
from tests.faults.market import Market

SAMPLE_SECONDS = 0.5
HEALED_SECONDS = 10.0
WATCHED_SECONDS = 3.0


@dataclass(frozen=True)
class Sample:
    """For how long the oldest due row was so, and of which stage it was, at an instant of our own time."""

    at: float
    due_seconds: float
    stage: str


@dataclass(frozen=True)
class Seen:
    """One fault that was done: how long its end was away from the next thing that any sweep did, None if nothing did;
    and the worst sample from ten seconds after its end on."""

    fault: Fault
    host: str
    lasted_seconds: float
    moved_after_seconds: float | None
    worst: Sample | None

    @property
    def late(self) -> bool:
        return self.worst is not None and self.worst.due_seconds > LATE_AFTER_SECONDS

    def __str__(self) -> str:
        moved = "never" if self.moved_after_seconds is None else f"after {self.moved_after_seconds:.1f} s"
        worst = f"{self.worst.due_seconds:.1f} s ({self.worst.stage})" if self.worst else "not seen"
        return (
            f"{self.fault.name} (host {self.host}, {self.lasted_seconds:.1f} s): moved {moved}, oldest due row {worst}"
        )


class Watch:
    """Looks every half second at what is due, on a connection of its own."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join()

    def worst_between(self, begin: float, end: float) -> Sample | None:
        found = [sample for sample in self.samples if begin <= sample.at < end]
        return max(found, key=lambda sample: sample.due_seconds, default=None)

    def _look(self) -> None:
        while not self._stopping.wait(SAMPLE_SECONDS):
            try:
                due = get_due_seconds(clock.now())
            except Error:
                connection.close()
                continue
            stage = max(due, key=lambda name: due[name])
            self.samples.append(Sample(time.monotonic(), due[stage], stage))
        connection.close()


def plan(seed: int, kinds: Sequence[Fault], count: int) -> Iterator[tuple[Fault, int, float]]:
    """So many faults: every kind as often as every other, each with a number to pick a host by and its duration."""
    chance = random.Random(seed)
    drawn: list[Fault] = []
    while len(drawn) < count:
        drawn += chance.sample(kinds, len(kinds))
    for fault in drawn[:count]:
        yield fault, chance.randrange(2**16), chance.uniform(*fault.seconds)


def sabotage(
    market: Market, planned: Sequence[tuple[Fault, int, float]], watch: Watch, pause_seconds: float
) -> Iterator[Seen]:
    """Does what is planned; between faults the market has so many seconds."""
    for fault, number, seconds in planned:
        host = market.hosts[number % len(market.hosts)]
        yield _one(market, fault, host, seconds, watch, pause_seconds)


def _one(market: Market, fault: Fault, host: Host, seconds: float, watch: Watch, pause_seconds: float) -> Seen:
    began = time.monotonic()
    fault.do(market, host)
    time.sleep(seconds)
    fault.undo(market, host)
    ended, events = time.monotonic(), market.last_event()
    moved: float | None = None
    while time.monotonic() < ended + pause_seconds:
        if moved is None and market.last_event() > events:
            moved = time.monotonic() - ended
        time.sleep(0.1)
    worst = watch.worst_between(ended + HEALED_SECONDS, time.monotonic())
    return Seen(fault, host.name, ended - began, moved, worst)
