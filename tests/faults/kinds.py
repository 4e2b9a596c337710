"""The kinds of fault: each does something to a market, for some seconds, and undoes it; and says what is promised."""

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
import psycopg
from celery import Celery
from django.conf import settings

from auctions.tasks import STAGES
from tests.faults.hosts import PROGRAMS, Host
from tests.faults.links import Line
from tests.faults.market import Market

SHIFTED = Path(__file__).parent / "shifted"
WRONG_SECONDS = 420
BLOCK_BYTES, PAGE_BYTES = 4 * 1024**2, 4096
TOO_MANY = 300


class Fault(ABC):
    """One kind. It lasts between so many seconds; what it is done to beside `market` is a host that chance picks."""

    name: str
    promise: str
    seconds: tuple[float, float] = (1.0, 6.0)

    @abstractmethod
    def do(self, market: Market, host: Host) -> None: ...

    @abstractmethod
    def undo(self, market: Market, host: Host) -> None: ...


@dataclass
class Killed(Fault):
    """A program with all its processes, on one host or on all."""

    program: str
    everywhere: bool = False

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.program} is killed{' on every host' if self.everywhere else ''}"

    @property
    def promise(self) -> str:  # type: ignore[override]
        return "nothing is half done; others go on, or it does once it is started again"

    def do(self, market: Market, host: Host) -> None:
        for each in self._hosts(market, host):
            each.kill(self.program)

    def undo(self, market: Market, host: Host) -> None:
        for each in self._hosts(market, host):
            each.let_up(self.program)

    def _hosts(self, market: Market, host: Host) -> Sequence[Host]:
        return market.hosts if self.everywhere else [host]


@dataclass
class ChildKilled(Fault):
    """One of the processes that a program keeps; its parent has to notice."""

    program: str
    promise = "its program replaces it; what it did is done again by others"
    seconds = (0.5, 2.0)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"a process of {self.program} is killed"

    def do(self, market: Market, host: Host) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(host.pid(self.program)).children()[-1:]:
                child.kill()

    def undo(self, market: Market, host: Host) -> None:
        pass


@dataclass
class Frozen(Fault):
    """A program that stands still, with whatever it has locked."""

    program: str
    promise = "its locks are free after five seconds; it goes on afterwards"
    seconds = (2.0, 8.0)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.program} is frozen"

    def do(self, market: Market, host: Host) -> None:
        host.freeze(self.program)

    def undo(self, market: Market, host: Host) -> None:
        host.resume(self.program)


@dataclass
class Cut(Fault):
    """The line from a program to a server."""

    program: str
    server: str
    line: Line
    promise = "others go on; it does once the line is there again"

    @property
    def name(self) -> str:  # type: ignore[override]
        how = "hangs" if self.line == Line.HANGS else "is cut"
        return f"the line from {self.program} to {self.server} {how}"

    def do(self, market: Market, host: Host) -> None:
        host.cut(self.program, self.server, self.line)

    def undo(self, market: Market, host: Host) -> None:
        host.cut(self.program, self.server, Line.PASSES)


class HostLost(Fault):
    name = "a host is lost"
    promise = "the other goes on; this one does once it is started again"

    def do(self, market: Market, host: Host) -> None:
        for program in PROGRAMS:
            host.kill(program)

    def undo(self, market: Market, host: Host) -> None:
        for program in PROGRAMS:
            host.let_up(program)


class Breakable(Protocol):
    """A server that may be killed and started again, frozen and resumed."""

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def freeze(self) -> None: ...

    def resume(self) -> None: ...


@dataclass
class ServerKilled(Fault):
    server: Breakable
    name: str
    promise: str

    def do(self, market: Market, host: Host) -> None:
        self.server.kill()

    def undo(self, market: Market, host: Host) -> None:
        self.server.start()


@dataclass
class ServerFrozen(Fault):
    server: Breakable
    name: str
    promise: str
    seconds = (2.0, 10.0)

    def do(self, market: Market, host: Host) -> None:
        self.server.freeze()

    def undo(self, market: Market, host: Host) -> None:
        self.server.resume()


class SessionKilled(Fault):
    name = "a session of PostgreSQL is killed, and all others with it"
    promise = "what was acknowledged is there; all connect again"
    seconds = (0.5, 1.0)

    def do(self, market: Market, host: Host) -> None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(settings.DATABASE_URL) as session:
            psutil.Process(session.info.backend_pid).kill()
            session.execute("SELECT 1")

    def undo(self, market: Market, host: Host) -> None:
        pass


class DiskFull(Fault):
    name = "PostgreSQL's disk is full"
    promise = "writes are refused for now, or PostgreSQL ends and is started again; what was acknowledged is there"
    seconds = (2.0, 6.0)

    def do(self, market: Market, host: Host) -> None:
        assert market.disk
        room = os.statvfs(market.disk)
        with contextlib.suppress(OSError), (market.disk / "filler").open("wb", buffering=0) as filler:
            os.posix_fallocate(filler.fileno(), 0, max(room.f_bavail * room.f_frsize - BLOCK_BYTES, 1))
            filler.seek(0, os.SEEK_END)
            while True:
                filler.write(b"0" * PAGE_BYTES)

    def undo(self, market: Market, host: Host) -> None:
        assert market.disk
        (market.disk / "filler").unlink()


class ConnectionsUsedUp(Fault):
    name = "all connections of PostgreSQL are used up"
    promise = "who has one goes on; others wait and come back"

    def do(self, market: Market, host: Host) -> None:
        self.held = []
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(TOO_MANY):
                self.held.append(psycopg.connect(settings.DATABASE_URL))

    def undo(self, market: Market, host: Host) -> None:
        for each in self.held:
            each.close()


class WokenTwiceAndLate(Fault):
    name = "every wake-up comes twice, and twice again late"
    promise = "nothing happens twice"
    seconds = (1.0, 3.0)

    def do(self, market: Market, host: Host) -> None:
        _wake_all(market)

    def undo(self, market: Market, host: Host) -> None:
        _wake_all(market)


class AskedTwice(Fault):
    name = "every request is sent to two hosts at once"
    promise = "it is done once, and answered the same"

    def do(self, market: Market, host: Host) -> None:
        market.load.twice.set()

    def undo(self, market: Market, host: Host) -> None:
        market.load.twice.clear()


class VenueSilent(Fault):
    name = "a venue confirms no settlement"
    promise = "settlements expire by the venue's fault, and their units are offered again"
    seconds = (6.0, 12.0)

    def do(self, market: Market, host: Host) -> None:
        market.load.silent.set()

    def undo(self, market: Market, host: Host) -> None:
        market.load.silent.clear()


@dataclass
class ClockWrong(Fault):
    """The program is started under a time of day that is ahead, or behind on every second host."""

    program: str
    promise = "nothing is decided by it"
    seconds = (12.0, 16.0)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.program} sees a time of day that is seven minutes away"

    def do(self, market: Market, host: Host) -> None:
        seconds = WRONG_SECONDS if market.hosts.index(host) % 2 else -WRONG_SECONDS
        host.restart(self.program, PYTHONPATH=str(SHIFTED), CLOCK_SHIFT_SECONDS=str(seconds))

    def undo(self, market: Market, host: Host) -> None:
        host.restart(self.program)


def kinds_of(market: Market) -> list[Fault]:
    """All that can be done to this market."""
    found: list[Fault] = [
        *[Killed(program) for program in PROGRAMS],
        *[Killed(program, everywhere=True) for program in ("web", "clock", "worker") if len(market.hosts) > 1],
        *[ChildKilled(program) for program in ("web", "worker")],
        *[Frozen(program) for program in PROGRAMS],
        *[Cut(program, "PostgreSQL", line) for program in PROGRAMS for line in (Line.HANGS, Line.RESETS)],
        *[Cut(program, "its broker", line) for program in PROGRAMS[:4] for line in (Line.HANGS, Line.RESETS)],
        *_of_servers(market),
        *[SessionKilled(), ConnectionsUsedUp(), WokenTwiceAndLate(), VenueSilent(), HostLost()],
        *[ClockWrong(program) for program in PROGRAMS],
    ]
    if len(market.hosts) > 1:
        found.append(AskedTwice())
    if market.disk:
        found.append(DiskFull())
    return found


def _of_servers(market: Market) -> Iterator[Fault]:
    acknowledged = "what was acknowledged is there; nobody needs to be started again"
    yield ServerKilled(market.postgres, "PostgreSQL is killed", acknowledged)
    yield ServerFrozen(market.postgres, "PostgreSQL is frozen", "all wait, and go on afterwards")
    unneeded = "no book waits for it; workers come back"
    for name, broker in (("Redis", market.redis), ("RabbitMQ", market.rabbit)):
        if broker:
            yield ServerKilled(broker, f"{name} is killed", unneeded)
            yield ServerFrozen(broker, f"{name} is frozen", unneeded)
    if market.bouncer:
        others = "hosts without it go on; its own do once it is back"
        yield ServerKilled(market.bouncer, "PgBouncer is killed", others)
        yield ServerFrozen(market.bouncer, "PgBouncer is frozen", others)


def _wake_all(market: Market) -> None:
    """A wake-up for every stage, twice, by every broker."""
    for url in [market.redis.here.broker_url, *([market.rabbit.url] if market.rabbit else [])]:
        app = Celery(broker=url, task_queues=settings.CELERY_TASK_QUEUES)
        with app.connection_for_write() as connection:
            for stage, its in [*STAGES.items()] * 2:
                app.send_task("sweep", (stage,), queue=its.queue, connection=connection)
