"""A host: the programs of the stack, and somebody who starts again whatever has ended."""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from backstop.config import programs
from backstop.stack import embedded, processes
from tests.elsewhere import HOUSE
from tests.faults.links import Line, Link, Links

PROGRAMS = ("web", "clock", "worker", "deadlines", "relay")
LOOK_SECONDS = 0.1


class Host:
    """The programs of one machine: each reaches the database and the broker by links of its own."""

    def __init__(self, name: str, folder: Path, links: Links, database: Path, broker: Path | int) -> None:
        """`database` is the socket of PostgreSQL, `broker` that of Redis or the port of RabbitMQ."""
        self.name, self.folder = name, folder
        self.rabbit = isinstance(broker, int)
        self.port = _free_port()
        self.commands = programs.commands("127.0.0.1", self.port, _free_port())
        self.links: dict[tuple[str, str], Link] = {}
        self.env: dict[str, Mapping[str, str]] = {}
        self.odd: dict[str, Mapping[str, str]] = {}
        self.deaths: Counter[str] = Counter()
        self._children: dict[str, processes.Child] = {}
        self._down: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name=f"host-{name}", daemon=True)
        folder.mkdir(mode=0o711)
        for program in PROGRAMS:
            self._connect(program, links, database, broker)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._watcher.start()

    def stop(self) -> None:
        self._stopping.set()
        self._watcher.join()

    def kill(self, program: str) -> None:
        """The program with all its processes, which stays away until it is let up."""
        with self._lock:
            self._down.add(program)
            self._signal(program, signal.SIGKILL)

    def let_up(self, program: str) -> None:
        self._down.discard(program)

    def freeze(self, program: str) -> None:
        self._signal(program, signal.SIGSTOP)

    def resume(self, program: str) -> None:
        self._signal(program, signal.SIGCONT)

    def restart(self, program: str, **env: str) -> None:
        """Killed, and started again at once with this besides in its environment."""
        self.odd[program] = env
        self._signal(program, signal.SIGKILL)

    def cut(self, program: str, server: str, line: Line) -> None:
        self.links[program, server].set(line)

    def pid(self, program: str) -> int:
        return self._children[program].pid

    def _connect(self, program: str, links: Links, database: Path, broker: Path | int) -> None:
        ends = self.folder / program
        ends.mkdir(mode=0o711)
        self.links[program, "PostgreSQL"] = links.between_sockets(ends / database.name, database)
        if isinstance(broker, int):
            link, port = links.to_port(broker)
            url = f"amqp://guest:guest@127.0.0.1:{port}//"
        else:
            link = links.between_sockets(ends / broker.name, broker)
            url = f"redis+socket://{ends / broker.name}"
        self.links[program, "its broker"] = link
        self.env[program] = {
            **os.environ,
            "TMPDIR": str(self.folder),
            "DATABASE_URL": f"postgresql://{embedded.PROGRAMS}@/backstop?host={ends}",
            "BROKER_URL": url,
        }

    def _signal(self, program: str, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, KeyError):
            os.killpg(self._children[program].pid, number)

    def _watch(self) -> None:
        """Starts and ends all of them: a child ends with the thread that started it."""
        while not self._stopping.wait(LOOK_SECONDS):
            with self._lock:
                for program in PROGRAMS:
                    self._keep(program)
        for child in self._children.values():
            child.stop(processes.FIRM)

    def _keep(self, program: str) -> None:
        child = self._children.get(program)
        if child is not None and child.alive():
            return
        if child is not None:
            self.deaths[program] += 1
            del self._children[program]
            child.stop()
        if program not in self._down:
            self._children[program] = processes.start(
                self.commands[program],
                record=self.folder / f"{program}.json",
                log=self.folder / f"{program}.log",
                marker=sys.executable,
                death_signal=signal.SIGKILL,
                cwd=HOUSE,
                env={**self.env[program], **self.odd.get(program, {})},
            )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as claim:
        return int(claim.getsockname()[1])
