"""Child processes that never outlive their purpose.

Guarantees: a child gets a signal when its parent dies, is written down in a record file, and a later start ends it only
if pid, start time and command line still match.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1

# Loaded before any fork: between fork and exec nothing may be imported that another thread holds a lock on.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

Steps = Sequence[tuple[signal.Signals, float]]

POLITE: Steps = ((signal.SIGTERM, 10), (signal.SIGKILL, 5))

FIRM: Steps = ((signal.SIGKILL, 5),)


@dataclass(frozen=True)
class Identity:
    """One process, told apart from a later one that was given the same pid."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        process = _process(self.pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            return process is not None and self._is(process) and process.status() != psutil.STATUS_ZOMBIE
        return False

    def replaced(self) -> bool:
        """Whether the pid is another process's by now."""
        process = _process(self.pid)
        return process is not None and not self._is(process)

    def _is(self, process: psutil.Process) -> bool:
        return abs(process.create_time() - self.started) < 1


@dataclass(frozen=True)
class Record:
    """What a record file says: the process, who started it, and a word of its command line."""

    process: Identity
    owner: Identity
    marker: str

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        try:
            said = json.loads(path.read_text())
            return cls(Identity(**said["process"]), Identity(**said["owner"]), said["marker"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def in_use(self) -> bool:
        """Whether both the process and the one that started it still run."""
        return self.process.alive() and self.owner.alive()


@dataclass(frozen=True)
class Child:
    """A process that we started, with the file that says so."""

    popen: subprocess.Popen[bytes]
    record: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def alive(self) -> bool:
        return self.popen.poll() is None

    def stop(self, steps: Steps = POLITE) -> None:
        """Ends it, or what a dead one left of its group, and forgets it."""
        if self.alive():
            _end(psutil.Process(self.pid), steps)
        _end_group(self.pid)
        self.record.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # where it was there before
    return descriptor


def start(
    command: Sequence[str | Path],
    *,
    record: Path,
    log: Path,
    marker: str,
    death_signal: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> Child:
    """Starts a child in a session of its own, so that Ctrl-C reaches only us, and writes it down. Its log is for its
    owner alone: as root, others may pass through the folder.

    The death signal follows the *thread* that starts it: a thread that ends takes its children along.
    """
    with open(log, "ab", opener=_private) as output:
        popen = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid(), death_signal),
            **options,
        )
    Record(Identity.of(popen.pid), Identity.of(os.getpid()), marker).write(record)
    return Child(popen, record)


def end_leftovers(record: Path, steps: Steps = POLITE) -> None:
    """Ends what a killed predecessor left running and forgets it; a process that does not match is not touched.

    Its group goes with it: a server's own workers may have outlived the server.
    """
    said = Record.read(record)
    if said is not None and not said.process.replaced():
        group = [each for each in psutil.process_iter() if _group(each.pid) == said.process.pid]
        ours = {each.pid: each for each in group if _holds(each, said.marker)}
        if leader := ours.pop(said.process.pid, None):
            _end(leader, steps)
        for each in ours.values():
            _end(each, FIRM)
    record.unlink(missing_ok=True)


def _end(process: psutil.Process, steps: Steps) -> None:
    """Ever firmer signals, each with its deadline in seconds."""
    for number, deadline in steps:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(deadline)
            return


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _holds(process: psutil.Process, marker: str) -> bool:
    try:
        return marker in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def ask() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask
