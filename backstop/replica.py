"""Reads that a replica may answer, where one is named: lists, transcripts, and the lists of the admin.

A horizon is a transaction id that a write gave its writer. Guarantees that a reader who brings it sees whatever was
committed before, all in one snapshot, and that a replica which cannot show that, is too far behind, refuses or does not
answer costs a moment at most: then the primary answers. Who reads so says it, and is told which database to ask;
whatever decides something asks the primary.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.http import Http404

from backstop.database import is_lost, sqlstate_of
from backstop.errors import DomainError

R = TypeVar("R")

REPLICA = "replica"
MAX_LAG_SECONDS = 10.0
STATEMENT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
QUIET_SECONDS = 10.0

# In one round trip. The first SELECT takes the snapshot that all later ones see. Not pg_visible_in_snapshot: on a
# standby, a snapshot does not name the transactions that are under way between its xmin and its xmax.
BEGIN_SQL = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout = {statement_milliseconds:.0f};
SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float
"""

_FAULTS = (Error, psycopg.Error, OSError)

log = structlog.get_logger(__name__)


class _Patience:
    """Whether this process asks the replica: not for a while after it did not answer, and then once for all."""

    def __init__(self) -> None:
        self.quiet_until = 0.0  # zero while it answers

    def allows(self) -> bool:
        now = time.monotonic()
        if now < self.quiet_until:
            return False
        if self.quiet_until:
            self.quiet_until = now + QUIET_SECONDS  # who asks finds out for the others
        return True

    def answered(self) -> None:
        self.quiet_until = 0.0

    def ends(self) -> None:
        self.quiet_until = time.monotonic() + QUIET_SECONDS


_patience = _Patience()


def is_named() -> bool:
    """Whether there is a replica to read from."""
    return REPLICA in connections


def get_horizon() -> int:
    """Whatever is committed by now has a transaction id below this one. One query to the primary."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return int(cursor.fetchone()[0])


def read(ask: Callable[[str], R], horizon: int = 0) -> R:
    """What `ask` finds in the database whose alias it is given.

    That is the replica's, where it shows all that was committed before the horizon, finds what is asked for, and does
    so without a fault; else the primary is asked the same.
    """
    if is_named() and _patience.allows():
        try:
            connections[REPLICA].ensure_connection()
            # psycopg's transaction: where the connection is lost, Django's would connect anew on its way out.
            with _cut_off(), connections[REPLICA].connection.transaction():
                if _shows(horizon):
                    return ask(REPLICA)
        except (DomainError, Http404):
            pass  # it may not know yet what the primary knows
        except _FAULTS as fault:
            _note(fault)
    return ask(DEFAULT_DB_ALIAS)


def _shows(horizon: int) -> bool:
    """Whether the snapshot of the transaction that starts here is complete up to the horizon, and not too old."""
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(BEGIN_SQL.format(statement_milliseconds=STATEMENT_SECONDS * 1000))
        while cursor.nextset():
            pass
        oldest_under_way, lag_seconds = cursor.fetchone()
    _patience.answered()
    # A server that replays nothing, such as a primary, has no lag to speak of and is no replica.
    return lag_seconds is not None and lag_seconds <= MAX_LAG_SECONDS and int(oldest_under_way) >= horizon


def _note(fault: Exception) -> None:
    log.warning("replica_failed", sqlstate=sqlstate_of(fault), problem=str(fault).partition("\n")[0])
    connections[REPLICA].close()
    if is_lost(fault):
        _patience.ends()


@contextmanager
def _cut_off() -> Iterator[None]:
    """A block in which waiting for the replica ends after a while, even if it stands still and ends nothing itself."""
    raw = connections[REPLICA].connection
    # One of our own, so that no other connection is shut if this one is closed and its number given away.
    ours = socket.socket(fileno=os.dup(raw.fileno()))
    timer = threading.Timer(ANSWER_SECONDS, _shut, [ours])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        ours.close()


def _shut(ours: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was quicker
        ours.shutdown(socket.SHUT_RDWR)
