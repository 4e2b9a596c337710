"""What tests do alike is done once in a process: where a deed was done before, its rows are copied in.

A deed is a function marked by `kept`, done while the clock stands. Done before it was if a test of the last minutes did
the same, with the same words, after the same deeds and nothing else. Deeds that follow each other are copied at once,
when the test first asks the database. From its first statement that changes something, or patch, or setting, or deed
that is refused, a test is on its own: all is done. So it is in files that do not ask for `deeds_are_kept`.
"""

import io
import pickle
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pytest
from django.db import connection
from django.db.models import Model
from django.test.signals import setting_changed

from backstop.sql_functions import HASH_DIGITS
from backstop.transactions import current_actor

P = ParamSpec("P")
R = TypeVar("R")

SECONDS = 300  # so that no clock that stands is far behind, and what is kept takes little room

READS = re.compile(rf"\s*SELECT\b(?!.*\w_[0-9a-f]{{{HASH_DIGITS}}}\()", re.DOTALL)  # a function of the house may write
ROWS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|SAVEPOINT|RELEASE|ROLLBACK TO|SET LOCAL|SET CONSTRAINTS)\b")

# How much was written in this transaction, by table.
WRITTEN = """
SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
  + pg_stat_get_xact_tuples_deleted(oid)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass
class _Market:
    """What a database holds after some deeds where it differs from an empty one, and what the last one returned."""

    rows: dict[str, str] = field(default_factory=dict)  # by table
    outcome: bytes = b""
    afterwards: list[Any] = field(default_factory=list)  # what a commit would call
    after: dict[bytes, "_Market"] = field(default_factory=dict)  # by deed


class Deeds:
    """Of one test after the other. `here` is what its deeds have come to, `laid` what the database holds of it."""

    def __init__(self) -> None:
        self.empty, self.since = _Market(), time.monotonic()
        self.here: _Market | None = None
        self.laid = self.empty
        self.at_it = False

    @contextmanager
    def of_test(self) -> Iterator[None]:
        if time.monotonic() - self.since > SECONDS:
            self.empty, self.since = _Market(), time.monotonic()
        self.here = self.laid = self.empty
        try:
            with connection.execute_wrapper(self.watch):
                yield
        finally:
            self.here = None

    def watch(self, execute: Callable[..., Any], sql: Any, *args: Any) -> Any:
        if self.at_it:
            if not ROWS.match(str(sql)):
                self.here = None
        elif self.here is not None:
            self.lay()
            if not READS.match(str(sql)):
                self.here = None
        return execute(sql, *args)

    def leave(self) -> None:
        """From here on all is done."""
        if self.here is not None and not self.at_it:
            self.lay()
            self.here = None

    def do(self, deed: Callable[..., R], args: Any, words: Any) -> R:
        if self.at_it or self.here is None:
            return deed(*args, **words)
        said = _Said(deed, args, words)
        key = None if connection.force_debug_cursor else said.text()
        if key is None or self.here is None:
            self.leave()
            return deed(*args, **words)
        if known := self.here.after.get(key):
            self.here = known
            connection.run_on_commit += known.afterwards
            return said.again(known.outcome)
        return self.do_first(said, key)

    def do_first(self, said: "_Said", key: bytes) -> Any:
        self.lay()
        before, before_commit = self.written(), len(connection.run_on_commit)
        origin, self.at_it = self.here, True
        try:
            result = said.deed(*said.args, **said.words)
        except BaseException:
            self.here = None
            raise
        finally:
            self.at_it = False
        if self.here is None or not self.stands():
            self.here = None
            return result
        outcome = said.outcome(key, result)
        if outcome is None:
            self.here = None
            return result
        tables = [table for table, count in self.written().items() if count != before[table]]
        rows = {**origin.rows, **self.rows_of(tables)}
        afterwards = connection.run_on_commit[before_commit:]
        self.here = self.laid = origin.after[key] = _Market(rows, outcome, afterwards)
        return said.again(outcome)  # as those who come after get it: told again, it reads the same

    def lay(self) -> None:
        """Copy the rows that the deeds so far have come to."""
        if self.here is None or self.here is self.laid:
            return
        role = self.ask("SELECT current_setting('role')")[0]
        text = ["SET LOCAL ROLE NONE; SET LOCAL session_replication_role = replica"]
        values = []
        for table, rows in self.here.rows.items():
            if rows is not self.laid.rows.get(table):
                values.append(rows)
                text.append(
                    f'DELETE FROM "{table}"; '
                    f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM unnest(%s::"{table}"[])'
                )
        text.append("SET LOCAL session_replication_role = origin; SELECT set_config('role', %s, true)")
        connection.connection.execute("; ".join(text), [*values, role])
        self.laid = self.here

    def rows_of(self, tables: list[str]) -> dict[str, str]:
        columns = ", ".join(f'ARRAY(SELECT "{table}" FROM "{table}")::text' for table in tables)
        return dict(zip(tables, self.ask(f"SELECT {columns}"), strict=True))

    def written(self) -> dict[str, int]:
        return dict(connection.connection.execute(WRITTEN).fetchall())

    def stands(self) -> bool:
        """Whether the clock does."""
        return self.ask("SELECT frozen_at IS NOT NULL FROM clock_travel")[0]

    def ask(self, sql: str) -> Any:
        return connection.connection.execute(sql).fetchone()


class _Said:
    """A deed with its words. The rows among them are told from others, since it may change them."""

    def __init__(self, deed: Callable[..., Any], args: Any, words: Any) -> None:
        self.deed, self.args, self.words = deed, args, words
        self.row_list = [each for each in (*args, *words.values()) if isinstance(each, Model)]

    def text(self) -> bytes | None:
        """All that it goes by. None if that cannot be written down."""
        rows = [each.__dict__ for each in self.row_list]
        name = (self.deed.__module__, self.deed.__qualname__, current_actor())
        return self.written((name, self.args, self.words, rows))

    def outcome(self, key: bytes, result: Any) -> bytes | None:
        """What it returned, and the rows that it was told of as it left them where it changed them."""
        rows = None if self.text() == key else [each.__dict__ for each in self.row_list]
        return self.written((result, rows))

    def again(self, outcome: bytes) -> Any:
        unpickler = pickle.Unpickler(io.BytesIO(outcome))
        unpickler.persistent_load = self.row_list.__getitem__
        result, rows = unpickler.load()
        for row, values in zip(self.row_list, rows or (), strict=bool(rows)):
            row.__dict__ = values
        return result

    def written(self, what: Any) -> bytes | None:
        out = io.BytesIO()
        pickler = pickle.Pickler(out, protocol=pickle.HIGHEST_PROTOCOL)
        places = {id(each): place for place, each in enumerate(self.row_list)}
        pickler.persistent_id = lambda each: places.get(id(each))
        with suppress(Exception):
            pickler.dump(what)
            return out.getvalue()
        return None


_deeds = Deeds()


def of_test() -> AbstractContextManager[None]:
    """A block that is one test, within a transaction that is taken back."""
    return _deeds.of_test()


def kept(deed: Callable[P, R]) -> Callable[P, R]:
    """Marks a deed: it goes by its words, the rows and the clock alone, and does nothing but to rows."""

    @wraps(deed)
    def done(*args: P.args, **words: P.kwargs) -> R:
        return _deeds.do(deed, args, words)

    return done


@contextmanager
def patches_noticed() -> Iterator[None]:
    """A block in which a test that patches or sets something is on its own from then on."""
    setting_changed.connect(_leave)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("setattr", "setitem", "setenv", "delattr", "delitem", "delenv"):
            patch.setattr(pytest.MonkeyPatch, name, _noticing(getattr(pytest.MonkeyPatch, name)))
        yield


def _leave(**_: Any) -> None:
    _deeds.leave()


def _noticing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noticed(patch: pytest.MonkeyPatch, target: Any, *args: Any, **words: Any) -> Any:
        if not (isinstance(target, str) and ".api." in target):  # of which no deed knows
            _deeds.leave()
        return method(patch, target, *args, **words)

    return noticed
