"""The locks that an operation holds until its transaction ends, taken by one call for each kind, in one order.

Guarantees that no two operations wait for each other: the kinds come in the order of `Lock`, each by ascending id, and
whoever would take one out of its turn is refused, whether or not anybody is in its way. How long each took is measured.
Accounts, and holdings after them, are locked only to be written, last of all, so that no bid waits for what is decided
by them; who was overtaken there locks accounts before it decides once more.

Bids take theirs in the database, by `place_bids`: a share of the auction, then their account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

from backstop import measures

EVERYWHERE = UUID(int=0)  # what is locked of a kind that is no row's and no venue's

M = TypeVar("M", bound=Model)


class Lock(StrEnum):
    """What can be locked, in its order. The names are PostgreSQL's too, where no row is locked but an id."""

    FUNCTIONS = "functions"
    RIGHTS = "rights"
    LIMITS = "limits"
    MARKS = "marks"
    PLAYBOOKS = "playbooks"
    BREAKER = "breaker"
    CAPS = "caps"
    CAP_ROWS = "cap_rows"
    INVENTORY = "fund-inventory"
    INTAKE = "intake"
    BOOK = "book"
    AUCTION = "auction"
    AUCTION_ROW = "auction_row"
    TAKER = "taker"
    BID = "bid"
    REFERENCE = "reference"
    COMMITMENT = "commitment"
    PROVIDER = "provider"
    KEY = "key"
    ACCOUNT = "account"
    HOLDING = "holding"
    ROUND = "round"
    ANSWER = "answer"


_TURNS = {kind: turn for turn, kind in enumerate(Lock)}


@dataclass
class _Holder:
    """An operation under way, and what it holds."""

    operation: str
    held: defaultdict[Lock, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def note(self, kind: Lock, ids: Collection[UUID]) -> None:
        """Raises RuntimeError where something of it is new, though of this kind or a later one something was held."""
        if self.held[kind].issuperset(ids):
            return
        if later := [other for other, held in self.held.items() if held and _TURNS[other] >= _TURNS[kind]]:
            raise RuntimeError(f"{self.operation} locks {kind} after {later[-1]}: see the order of Lock")
        self.held[kind].update(ids)


_holder: ContextVar[_Holder] = ContextVar("holder")


@contextmanager
def holding(operation: str) -> Iterator[None]:
    """A block in which the operation of this name, or the one that it is a part of, locks what it needs."""
    if _holder.get(None) is not None:
        yield
        return
    token = _holder.set(_Holder(operation))
    try:
        yield
    finally:
        _holder.reset(token)


def lock(kind: Lock, ids: Collection[UUID]) -> None:
    """Hold them alone; what is read in a later statement is as it stays."""
    _lock_ids("pg_advisory_xact_lock", kind, ids)


def share(kind: Lock, ids: Collection[UUID]) -> None:
    """Hold them with others who share them, so that nobody has them alone."""
    _lock_ids("pg_advisory_xact_lock_shared", kind, ids)


def lock_rows(kind: Lock, rows: QuerySet[M]) -> list[M]:
    """These rows by ascending id, held alone, as they stay."""
    return _lock_rows(kind, rows.order_by("id").select_for_update(no_key=True, of=("self",)))


def lock_free_rows(kind: Lock, rows: QuerySet[M]) -> list[M]:
    """Those of these rows that nobody holds, in their own order; it waits for none."""
    return _lock_rows(kind, rows.select_for_update(no_key=True, of=("self",), skip_locked=True))


def try_lock(name: str) -> bool:
    """Hold this name alone, unless somebody does. It waits for nobody, so it has no turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (taken,) = cursor.fetchone()
    return bool(taken)


def _lock_ids(function: str, kind: Lock, ids: Collection[UUID]) -> None:
    asked = list(ids)
    with _locking(kind) as holder, connection.cursor() as cursor:
        holder.note(kind, asked)
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s || id::text, 0)) FROM unnest(%s::uuid[]) AS id ORDER BY id",
            [f"{kind}:", asked],
        )


def _lock_rows(kind: Lock, rows: QuerySet[M]) -> list[M]:
    with _locking(kind) as holder:
        locked = list(rows)
        holder.note(kind, [row.pk for row in locked])
        return locked


@contextmanager
def _locking(kind: Lock) -> Iterator[_Holder]:
    if not connection.in_atomic_block:
        raise RuntimeError(f"a transaction holds what is locked, and there is none: {kind}")
    holder = _holder.get(None) or _Holder("")
    with measures.locking(holder.operation, kind):
        yield holder
