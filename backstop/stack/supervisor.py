"""The stack of one checkout as child processes: web, clock, workers and relay, with their logs in the run folder.

Guarantees: healthy when entered; a child that dies is started again; stopped in order and in time; what a killed
supervisor left running is ended first.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from backstop.client import ask_health
from backstop.stack import embedded, processes
from backstop.stack.embedded import CannotRun

HEALTHY_SECONDS = 90

FIRST_PORT, FIRST_OPERATORS_PORT, PORTS_TRIED = 8000, 9000, 100

# So many deaths of children within so many seconds, and it is not bad luck any more.
DEATHS, DEATHS_SECONDS = 6, 30


class Signalled(BaseException):
    """INT, TERM or HUP arrived; not an Exception, so that nothing takes it for a failure."""


@contextlib.contextmanager
def until_signalled() -> Iterator[None]:
    """Ends its block quietly at the first INT, TERM or HUP; later ones do not disturb the stopping."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def raise_once(number: int, frame: FrameType | None) -> None:
        for each in handlers:
            signal.signal(each, signal.SIG_IGN)
        raise Signalled

    for each in handlers:
        signal.signal(each, raise_once)
    try:
        with contextlib.suppress(Signalled):
            yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def claimed(
    commands: Callable[[str, int, int], Mapping[str, Sequence[str]]], say: embedded.Say = embedded.quietly
) -> Iterator["Stack"]:
    """The stack of these programs, each a command line for a host, a port and the operators' port, with the ports that
    it will have, not started yet; raises CannotRun where it cannot be. `say` is told what is waited for."""
    folder = embedded.servers().folder
    embedded.make_private(folder)
    with _alone(folder):
        for name in commands("127.0.0.1", 0, 0):
            processes.end_leftovers(folder / f"{name}.json")
            (folder / f"{name}.log").unlink(missing_ok=True)
        ports = _claimed_port("PORT", FIRST_PORT), _claimed_port("OPERATORS_PORT", FIRST_OPERATORS_PORT)
        with ports[0] as port, ports[1] as operators_port:
            yield Stack(
                f"http://127.0.0.1:{port}",
                f"http://127.0.0.1:{operators_port}",
                folder,
                commands("127.0.0.1", port, operators_port),
                say,
            )


def running_url() -> str | None:
    """Where a healthy stack of this checkout and user answers, if one runs."""
    facts = running_facts()
    return str(facts["url"]) if facts else None


def running_facts() -> Mapping[str, Any] | None:
    """What such a stack tells of itself: its `url` and `operators_url`, and what whoever started it added."""
    try:
        said = json.loads((embedded.servers().folder / "stack.json").read_text())
        return dict(said["facts"]) if processes.Identity(**said["owner"]).alive() else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


@dataclass
class Stack:
    """The running children. Whoever waits does so in `wait`, which raises once the stack has failed."""

    url: str
    operators_url: str
    folder: Path
    commands: Mapping[str, Sequence[str]]
    say: embedded.Say
    _children: dict[str, processes.Child] = field(default_factory=dict)
    _deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _failure: str = ""

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """A block in which it runs, healthy from its beginning."""
        try:
            self.start()
            yield
        finally:
            self.stop()

    def start(self) -> None:
        self.say(f"Starting {', '.join(self.commands)}, and waiting until {self.url}/readyz says so ...")
        for name in self.commands:
            self._start(name)
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()
        self._wait_until_healthy()
        self.tell()

    def tell(self, **facts: Any) -> None:
        """Let whoever asks what runs here, as this user, know this of it too; whole or not at all."""
        told = {"url": self.url, "operators_url": self.operators_url, **facts}
        owner = asdict(processes.Identity.of(os.getpid()))
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as draft:  # for its owner alone: 0600
            json.dump({"facts": told, "owner": owner}, draft)
        os.replace(draft.name, self.folder / "stack.json")

    def wait(self, seconds: float) -> None:
        """Lets time pass; raises CannotRun when a child keeps dying."""
        if not self._failure:
            self._stopping.wait(seconds)
        if self._failure:
            raise CannotRun(self._failure)

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            (self.folder / "stack.json").unlink(missing_ok=True)
            for name in self.commands:
                if name in self._children:
                    self.say(f"Stopping {name} ...")
                    self._children.pop(name).stop()

    def _start(self, name: str) -> None:
        self._children[name] = processes.start(
            self.commands[name],
            record=self.folder / f"{name}.json",
            log=self.folder / f"{name}.log",
            marker=sys.executable,
            cwd=embedded.CHECKOUT,
        )

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            with self._lock:
                for name in [name for name, child in self._children.items() if not child.alive()]:
                    self._replace(name)

    def _replace(self, name: str) -> None:
        """Starts a dead child again, without what is left of it, unless children keep dying."""
        self._children.pop(name).stop()
        self._deaths.append(time.monotonic())
        if len(self._deaths) == DEATHS and self._deaths[-1] - self._deaths[0] < DEATHS_SECONDS:
            self._failure = f"{name} keeps ending; see {self.folder / name}.log"
        else:
            self._start(name)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        saw = "nothing"
        while True:
            healthy, said = ask_health(self.url)
            if healthy:
                return
            saw = said or saw
            if time.monotonic() > deadline:
                raise CannotRun(f"not ready within {HEALTHY_SECONDS} seconds: {saw}; logs are in {self.folder}")
            self.wait(0.1)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A block that one program of this folder is in at a time, however it ends. Raises CannotRun for another."""
    with open(folder / "claimed", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            url = running_url()
            where = (
                f"already runs, at {url}: use it, or end it first (Ctrl-C where it was started)"
                if url
                else "is being started"
            )
            raise CannotRun(f"this checkout {where}") from None
        yield


@contextlib.contextmanager
def _claimed_port(variable: str, first: int) -> Iterator[int]:
    """A port that is ours alone, held for as long as the stack runs: the one that the environment asks for, or the next
    free one.

    granian listens with SO_REUSEPORT, so two stacks could share a port unnoticed: a plain bind finds out whether it is
    free, and a bound socket that never listens keeps it from the next one who looks.
    """
    asked = os.environ.get(variable, "")
    if asked and not asked.isdecimal():
        raise CannotRun(f"{variable} has to be a number, not {asked!r}")
    for port in [int(asked)] if asked else range(first, first + PORTS_TRIED):
        with socket.socket() as probe, socket.socket() as claim:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.close()
                claim.bind(("127.0.0.1", port))
            except OSError:
                continue
            yield port
            return
    raise CannotRun(f"port {asked} is taken" if asked else f"no port is free from {first} on")
