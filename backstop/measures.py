"""What programs measure while they work: how long requests and sweeps take, for /metrics.

A program that `begin`s shares it with the others of its host: its processes keep what they measure in files of a folder
of its own, and whoever is asked adds up those of every program that runs. Elsewhere, in commands and tests, measures
stay with the process. Guarantees that to measure never fails, on a full disk either.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from prometheus_client import Histogram, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_REQUESTS = Histogram(
    "backstop_request_seconds",
    "How long requests took, from when they were there whole until they were answered.",
    ["method", "route", "status"],
    buckets=_BUCKETS,
)
_SWEEPS = Histogram(
    "backstop_sweep_seconds",
    "How long the sweeps of each stage took, by the batch of one venue.",
    ["stage"],
    buckets=_BUCKETS,
)
_LOCKS = Histogram(
    "backstop_lock_seconds",
    "How long operations waited for what they lock, by its kind.",
    ["operation", "lock"],
    buckets=(0.005, 0.05, 0.5, 5),
)

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # by which prometheus_client knows where, in processes that are started, too

_ROOM = 2**21  # bytes of a process's file: several times what all routes, methods and statuses need

_running: list[IO[bytes]] = []  # the locks that say so, of this process and of those that are forked from it
_with_room: set[int] = set()


def request_took(seconds: float, *, method: str, route: str, status: int) -> None:
    with suppress(OSError):
        _REQUESTS.labels(method, route, status).observe(seconds)


def sweeping(stage: str) -> AbstractContextManager[None]:
    """A block that is one batch of this stage."""
    return _measuring(_SWEEPS, stage)


def locking(operation: str, lock: str) -> AbstractContextManager[None]:
    """A block in which this operation takes its locks of one kind, or fails to."""
    return _measuring(_LOCKS, operation, lock)


@contextmanager
def _measuring(histogram: Histogram, *labels: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        with suppress(OSError):
            histogram.labels(*labels).observe(time.perf_counter() - began)


def begin(program: str, folder: Path) -> None:
    """From here on this process and those that it starts share what they measure, counted from zero, in `folder`.

    What ended programs left there is forgotten. A program runs as long as it holds its lock: other than the number of
    a process that is known in all containers of a host, and never another's. Raises OSError, and shares nothing, where
    there is no room.
    """
    try:
        os.environ[_FOLDER] = str(_make_folder(program, folder))
        values.ValueClass = values.MultiProcessValue(_make_room)  # type: ignore[no-untyped-call]
    except OSError:
        os.environ.pop(_FOLDER, None)
        raise


def collect() -> Iterable[Metric]:
    """All that was measured here or, where it is shared, by all who share it."""
    if _FOLDER not in os.environ:
        return [metric for histogram in (_REQUESTS, _SWEEPS, _LOCKS) for metric in histogram.collect()]
    folder = Path(os.environ[_FOLDER]).parent
    with _one_at_a_time(folder, fcntl.LOCK_SH):
        files = [str(file) for file in folder.glob("*/*.db")]
        return cast(Iterable[Metric], MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]


def _make_folder(program: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with _one_at_a_time(folder, fcntl.LOCK_EX):
        for each in folder.glob("*/running"):
            if _lock(each):
                shutil.rmtree(each.parent)
        own = Path(tempfile.mkdtemp(prefix=f"{program}-", dir=folder))
        _running.extend(_lock(own / "running"))
    return own


@contextmanager
def _one_at_a_time(folder: Path, kind: int) -> Iterator[None]:
    with (folder / "lock").open("wb") as handle:
        fcntl.flock(handle, kind)
        yield


def _lock(path: Path) -> list[IO[bytes]]:
    """The file, locked; none where somebody else holds it."""
    handle = path.open("wb")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return []
    return [handle]


def _make_room() -> int:
    """The process's number, which is in the name of its file; raises OSError where there is no room for one.

    The file is written before it is mapped: what finds no room on the disk later, for a part of it, ends the process.
    """
    pid = os.getpid()
    if pid not in _with_room:
        path = Path(os.environ[_FOLDER]) / f"histogram_{pid}.db"
        if not path.exists():
            draft = path.with_suffix(".draft")
            draft.write_bytes(bytes(_ROOM))
            draft.replace(path)
        _with_room.add(pid)
    return pid
