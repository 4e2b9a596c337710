"""What the database does to work by itself: its limits, and the faults that are nobody's.

Guarantees that a program which stands still inside a transaction loses its locks within seconds, that one which
computes there keeps them, and that a fault is known by its SQLSTATE, whatever exception it comes in.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.pq import TransactionStatus

# Set on the database, by `migrate`: PgBouncer refuses them in the start-up message of a connection, and
# what is set later for a session would stay with a server connection that others get next.
SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "jit": "off",  # long statements of few rows, as the audit's, would be compiled for half a minute
}

KEPT_ALIVE_SECONDS = 60.0
BEAT_SECONDS = 1.0

LOST = "08000"
NOT_SUPPORTED = "0A000"
OUT_OF_RANGE = "22003"
# Two were in each other's way: the same transaction may succeed at once.
CONTENDED = ("40001", "40P01", "55P03")
# It took longer, or more room, than one transaction may.
EXCESSIVE = ("25P03", "25P04", "53200", "57014")
# No fault of what was asked. By their beginnings: 08 no connection, 53 no resources, 57 an operator or a shutdown.
PASSING = (*CONTENDED, *EXCESSIVE, "08", "25006", "53", "57")

_LOSSES = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class Overtaken(Exception):
    """What was read without a lock, and decided by, is not so any more: the same transaction may succeed at once."""

    sqlstate = "40001"


class TookTooLong(Exception):
    """What had only so much time was not done by then."""

    sqlstate = "57014"


class Following(Exception):
    """The server only follows another: a transaction that is to write does not begin there."""

    sqlstate = "25006"


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's code of the fault, from psycopg's exception or from one that was raised from it, such as Django's.

    `LOST` where there is no connection, and so nobody who could give a code; None for what is no fault of a database.
    """
    each: BaseException | None = error
    while each is not None:
        if state := getattr(each, "sqlstate", None):
            return str(state)
        each = each.__cause__
    return LOST if isinstance(error, _LOSSES) else None


def is_passing(error: BaseException) -> bool:
    """Whether the same may succeed later, as nothing is wrong with what was asked."""
    return (sqlstate_of(error) or "").startswith(PASSING)


def is_lost(error: BaseException) -> bool:
    """Whether there is no connection, or none any more."""
    return (sqlstate_of(error) or "").startswith("08")


def is_contended(error: BaseException) -> bool:
    """Whether others were in the way: a deadlock, a serialisation failure, a lock that did not come."""
    return sqlstate_of(error) in CONTENDED


def is_excessive(error: BaseException) -> bool:
    """Whether it was more than one transaction may take, so that less of it may succeed."""
    return sqlstate_of(error) in EXCESSIVE


def lift_limits() -> None:
    """The transaction under way may take as long as it needs; it still does not wait long for locks."""
    connection.connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


@contextmanager
def giving_way(seconds: float = 2.0) -> Iterator[None]:
    """A block of a transaction that only looks: it hardly waits for locks, and keeps its own for so long at most.

    Raises `TookTooLong` then.
    """
    ends_at = time.monotonic() + seconds

    def in_time(execute: Callable[..., Any], *args: Any) -> Any:
        if time.monotonic() > ends_at:
            raise TookTooLong(f"it took longer than {seconds} s to look")
        return execute(*args)

    connection.connection.execute(f"SET LOCAL lock_timeout = '250ms'; SET LOCAL statement_timeout = '{seconds}s'")
    with connection.execute_wrapper(in_time):
        yield


@contextmanager
def kept_alive(seconds: float = KEPT_ALIVE_SECONDS) -> Iterator[None]:
    """A block inside a transaction that may compute for so long in all without the server taking it for dead.

    A thread asks something each second, on psycopg's own connection since Django's is one thread's alone. So nothing
    in the block may keep the interpreter to itself for seconds; a process that is stopped is stopped with its threads.
    """
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(connection.connection, done, seconds), daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()


def _beat(raw: "psycopg.Connection[object]", done: threading.Event, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while not done.wait(BEAT_SECONDS) and time.monotonic() < ends_at:
        if raw.info.transaction_status != TransactionStatus.INTRANS:
            continue  # a statement is under way, or the transaction has failed already
        try:
            raw.execute("SELECT 1")
        except psycopg.Error:
            return  # the block meets it too, by its next statement
