"""The locks that an operation holds until its transaction ends, taken by one call for each kind, in one order.

Guarantees that no two of those who lock here wait for each other: the kinds come in the order of `Lock`, each by
ascending id, and whoever would take one out of its turn is refused, whether or not anybody is in its way. How long each
took is measured.
Accounts, and holdings after them, are locked only to be written, last of all, so that no bid waits for what is decided
by them; who was overtaken there locks accounts before it decides once more.

Bids take theirs in the database, by `place_bids`: a share of the auction, then their account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from copy import deepcopy
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
    """What can be locked, in its order: ids, and rows.

    PostgreSQL knows ids by these names, which stay for that reason: programs of the release before lock the same.
    """

    FUNCTIONS = "functions"
    RIGHTS = "rights"
    LIMITS = "limits"
    VENUE_FILES = "venue_files"
    APPROVAL_ROW = "approval_row"
    MOVED_ALONE = "moved_alone"
    TERMS = "terms"
    MARKS = "marks"
    PLAYBOOKS = "playbooks"
    HEARTBEAT_ROW = "heartbeat_row"
    BREAKER = "breaker"
    REGIME = "regime"
    REGIME_ROW = "regime_row"
    CAPS = "caps"
    CAP_ROW = "cap_row"
    INVENTORY = "fund-inventory"
    LOSSES = "losses"
    INTAKE = "intake"
    DRILL_ROW = "drill_row"
    LOSS_EVENT_ROW = "loss_event_row"
    BOOK_ROW = "book_row"
    CANCEL_SWITCH_ROW = "cancel_switch_row"
    AUCTION = "auction"
    AUCTION_ROW = "auction_row"
    CUT_BID_ROW = "cut_bid_row"
    TAKER = "taker"
    BID_ROW = "bid_row"
    READINESS_ROW = "readiness_row"
    REFERENCE = "reference"
    VAULT_ROW = "vault_row"
    COMMITMENT_ROW = "commitment_row"
    PROVIDER_ROW = "provider_row"
    DEFAULT_ROW = "default_row"
    COVERS = "covers"
    COVER_ROW = "cover_row"
    KEYS = "keys"
    KEY_ROW = "key_row"
    WEBHOOKS = "webhooks"
    WEBHOOK_ROW = "webhook_row"
    WEBHOOK_SECRET_ROW = "webhook_secret_row"
    WEBHOOK_DELIVERY_ROW = "webhook_delivery_row"
    EXPOSURE_ROW = "exposure_row"
    ACCOUNT_ROW = "account_row"
    HOLDING_ROW = "holding_row"
    USED_MARK_ROW = "used_mark_row"
    CONTINUATION_ROW = "continuation_row"
    ROUND_ROW = "round_row"
    ALERTS = "alerts"
    ALERT_RULE_ROW = "alert_rule_row"
    ALERT_ROW = "alert_row"
    ALERT_MAIL_ROW = "alert_mail_row"
    ANSWER_ROW = "answer_row"
    PAST_MARK_ROW = "past_mark_row"
    COUNTER_ROW = "counter_row"

    @property
    def is_of_rows(self) -> bool:
        return self.name.endswith("_ROW")


_TURNS = {kind: turn for turn, kind in enumerate(Lock)}


@dataclass
class _Taken:
    """What a transaction has locked so far, and for which operation it does so now."""

    operation: str = ""
    ids: defaultdict[Lock, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def require_turn(self, kind: Lock) -> None:
        if later := [other for other, ids in self.ids.items() if ids and _TURNS[other] >= _TURNS[kind]]:
            raise RuntimeError(f"{self.operation} locks {kind} after {later[-1]}: see the order of Lock")


_taken: ContextVar[_Taken] = ContextVar("taken")


@contextmanager
def of_transaction() -> Iterator[None]:
    """A block that is a transaction, which has locked nothing yet."""
    token = _taken.set(_Taken())
    try:
        yield
    finally:
        _taken.reset(token)


@contextmanager
def of_operation(name: str) -> Iterator[None]:
    """A block that is an operation, in a transaction that may have locked something for others before it."""
    with nullcontext() if _taken.get(None) else of_transaction():
        taken = _taken.get()
        before, taken.operation = taken.operation, name
        try:
            yield
        finally:
            taken.operation = before


@contextmanager
def of_rehearsal() -> Iterator[None]:
    """A block of a transaction that is undone at its end: what it locked is free again then."""
    before = _taken.get(None) or _Taken()
    token = _taken.set(_Taken(before.operation, deepcopy(before.ids)))
    try:
        yield
    finally:
        _taken.reset(token)


def lock(kind: Lock, ids: Collection[UUID]) -> None:
    """Hold these ids alone; what is read in a later statement is as it stays."""
    _lock_ids("pg_advisory_xact_lock", kind, ids)


def share(kind: Lock, ids: Collection[UUID]) -> None:
    """Hold these ids with others who share them, so that nobody has them alone."""
    _lock_ids("pg_advisory_xact_lock_shared", kind, ids)


def lock_rows(kind: Lock, rows: QuerySet[M]) -> list[M]:
    """These rows by ascending id, held alone, as they stay."""
    return _lock_rows(kind, rows.order_by("id").select_for_update(no_key=True, of=("self",)))


def lock_row(kind: Lock, rows: QuerySet[M]) -> M | None:
    """The one of these rows that there is, held alone, as it stays; None where there is none."""
    return next(iter(lock_rows(kind, rows)), None)


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
    asked = set(ids)
    with _locking(kind, of_rows=False) as taken, connection.cursor() as cursor:
        if asked <= taken.ids[kind]:
            return
        taken.require_turn(kind)
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s || id::text, 0)) FROM unnest(%s::uuid[]) AS id ORDER BY id",
            [f"{kind}:", list(asked)],
        )
        taken.ids[kind] |= asked


def _lock_rows(kind: Lock, rows: QuerySet[M]) -> list[M]:
    with _locking(kind, of_rows=True) as taken:
        found = list(rows)
        ids = {row.pk for row in found}
        if not taken.ids[kind] or not ids <= taken.ids[kind]:
            taken.require_turn(kind)
            taken.ids[kind] |= ids
        return found


@contextmanager
def _locking(kind: Lock, *, of_rows: bool) -> Iterator[_Taken]:
    if not connection.in_atomic_block:
        raise RuntimeError(f"a transaction holds what is locked, and there is none: {kind}")
    if kind.is_of_rows is not of_rows:
        raise TypeError(f"{kind} is not locked like that: rows and ids do not keep each other out")
    taken = _taken.get(None) or _Taken()
    with measures.locking(taken.operation, kind):
        yield taken
