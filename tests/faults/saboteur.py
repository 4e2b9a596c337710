"""One fault after the other, drawn from a seed, and what is seen of the market meanwhile."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import Error, connection

from auctions.health import LATE_AFTER_SECONDS, get_due_seconds
from backstop import clock
from backstop.models import Event
from tests.faults.hosts import Host
from tests.faults.kinds import Fault
from tests.faults.market import Market

SAMPLE_SECONDS = 0.5
HEALED_SECONDS = 10.0


@dataclass(frozen=True)
class Sample:
    """For how long the oldest due row was so, and of which stage it was, at an instant of our own time."""

    at: float
    due_seconds: float
    stage: str


@dataclass(frozen=True)
class Seen:
    """One fault that was done: the longest time from its beginning on in which no sweep did anything, whether one did
    after its end, and the worst sample from ten seconds after its end on. What there was no time to see is None."""

    fault: Fault
    host: str
    lasted_seconds: float
    stood_still_seconds: float
    moved_again: bool | None
    worst: Sample | None

    @property
    def is_kept(self) -> bool:
        """Whether the market went on, and nothing waited for longer than it may."""
        if self.moved_again is None:
            return True
        return self.moved_again and self.worst is not None and self.worst.due_seconds <= LATE_AFTER_SECONDS

    def __str__(self) -> str:
        still = f"stood still for {self.stood_still_seconds:.1f} s{' and more' if self.moved_again is False else ''}"
        due = f"oldest due row {self.worst.due_seconds:.1f} s ({self.worst.stage})" if self.worst else "not looked at"
        return f"{self.fault.name} (host {self.host}, {self.lasted_seconds:.1f} s): {still}, {due}"


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


@dataclass(frozen=True)
class Planned:
    """A fault, a number to pick a host by, and for how long."""

    fault: Fault
    number: int
    seconds: float


def plan(seed: int, kinds: Sequence[Fault], count: int, longest_seconds: float) -> list[Planned]:
    """So many faults, the same for the same seed: every kind as often as every other, give or take one."""
    chance = random.Random(seed)
    drawn: list[Fault] = []
    while len(drawn) < count:
        drawn += chance.sample(kinds, len(kinds))
    return [
        Planned(fault, chance.randrange(2**16), min(chance.uniform(*fault.seconds), longest_seconds))
        for fault in drawn[:count]
    ]


def sabotage(market: Market, planned: Sequence[Planned], watch: Watch, pause_seconds: float) -> Iterator[Seen]:
    """Does what is planned; after each fault the market has so many seconds."""
    for each in planned:
        host = market.hosts[each.number % len(market.hosts)]
        yield _one(market, each.fault, host, each.seconds, watch, pause_seconds)


def _one(market: Market, fault: Fault, host: Host, seconds: float, watch: Watch, pause_seconds: float) -> Seen:
    began, began_at = time.monotonic(), _now(market)
    fault.do(market, host)
    time.sleep(seconds)
    fault.undo(market, host)
    ended, ended_at = time.monotonic(), _now(market)
    time.sleep(max(ended + pause_seconds - time.monotonic(), 0))
    swept = Event.objects.filter(actor__startswith="sweep:", created_at__gte=began_at).order_by("created_at")
    moments = [began_at, *swept.values_list("created_at", flat=True), clock.now()]
    still = max(after - before for before, after in pairwise(moments)).total_seconds()
    worst = watch.worst_between(ended + HEALED_SECONDS, time.monotonic())
    moved_again = moments[-2] > ended_at if pause_seconds > HEALED_SECONDS else None
    return Seen(fault, host.name, ended - began, still, moved_again, worst)


def _now(market: Market) -> datetime:
    """The database's time, as soon as it says it; a PostgreSQL that has ended is started again meanwhile."""
    while True:
        try:
            return clock.now()
        except Error:
            connection.close()
            market.postgres.ensure()
            time.sleep(0.1)
