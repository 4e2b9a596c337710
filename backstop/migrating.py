"""How the database is changed while programs run on it.

Guarantees that one process migrates at a time, that a migration happens whole or not at all and may always be repeated,
and that it gives up a lock that does not come before anybody who met it there is ended as the victim of a deadlock.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, cast

import psycopg
from django.contrib.postgres import operations
from django.db import connection, migrations, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger
from psycopg.pq import TransactionStatus

from backstop.database import is_contended

# Less than `deadlock_timeout`, which is a second: whoever waits for us goes on, and we come again.
LOCK_TIMEOUT = "500ms"
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.5

# A host that is lost while it migrates keeps others from it for half a minute, no longer.
KEPT = """
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3
"""

# What changes a model and nothing that refers to it; so does AlterField, but for what may be referred to.
NARROW = (
    *(migrations.CreateModel, migrations.AddField, migrations.AddIndex, migrations.RemoveIndex),
    *(migrations.AddConstraint, migrations.RemoveConstraint, operations.ValidateConstraint, AddTrigger),
)


@contextmanager
def reached_at(database: Mapping[str, Any] | None) -> Iterator[None]:
    """A block in which the database is reached by these settings; None: by those that there are."""
    if database is None:
        yield
        return
    kept = connection.settings_dict
    connection.close()
    connection.settings_dict = {**kept, **database}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = kept


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """A block that one process at a time is in, of all on this database; the others wait for their turn.

    The lock is that of a transaction on a connection of its own, so that it outlasts those of the block and a pooler
    keeps it too. Who waits asks now and then: a statement that waits would be waited for by CREATE INDEX CONCURRENTLY.
    """
    raw = connection.get_new_connection(connection.get_connection_params())
    with closing(raw):
        while not _is_ours(raw, name):
            raw.rollback()
            time.sleep(PAUSE_SECONDS)
        raw.execute(KEPT)
        yield


def patiently(work: Callable[[], None], say: Callable[[str], None]) -> None:
    """Do this, again and again for five minutes where others hold the locks that it needs."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except Exception as error:
            if not is_contended(error) or time.monotonic() > ends_at:
                raise
            say(f"others hold what this needs, trying again: {str(error).splitlines()[0]}")
        time.sleep(random.uniform(PAUSE_SECONDS, 2 * PAUSE_SECONDS))


def hurried(execute: Callable[..., Any], *statement: Any) -> Any:
    """A wrapper of statements: they take as long as they need, and wait for locks only where nobody waits behind them.

    In a transaction they may hold what programs need; outside of one, as CREATE INDEX CONCURRENTLY, they do not.
    """
    raw = connection.connection
    if raw.info.transaction_status == TransactionStatus.INERROR:
        return execute(*statement)  # which can only undo
    if connection.in_atomic_block:
        raw.execute(f"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        return execute(*statement)
    raw.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    try:
        return execute(*statement)
    finally:
        with suppress(psycopg.Error):  # what ended the connection is told already
            raw.execute("RESET statement_timeout; RESET lock_timeout")


class _State(ProjectState):
    """What migrations have made so far. While one of them does only what concerns one model at a time, the changed
    model is computed anew, and no other.

    Django computes all that are related to it too, directly or not: as everything belongs to a venue, these are all,
    and took nine tenths of the time of laying a database.
    """

    narrow = False  # as it stays where migrations are taken back

    def begin(self, migration: Any) -> None:
        """The next changes are those of this migration."""
        self.narrow = all(_is_narrow(operation) for operation in migration.operations)
        if not self.narrow:
            self.__dict__.pop("apps", None)  # all models are computed when they are next asked for

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if not self.narrow:
            super().reload_model(app_label, model_name, delay)
        elif "apps" in self.__dict__:
            self.is_delayed = True  # who reads rows has all computed before
            self._reload({(app_label, model_name)})  # type: ignore[attr-defined]

    def clone(self) -> "_State":
        state = _ours(super().clone())
        state.narrow = self.narrow
        return state


def _ours(state: Any) -> _State:
    """The same, as ours: Django's methods name their own class."""
    state.__class__ = _State
    return cast(_State, state)


def _is_narrow(operation: Any) -> bool:
    if isinstance(operation, migrations.AlterField):
        return not operation.field.unique
    return isinstance(operation, NARROW)


class WholeMigrations(MigrationExecutor):
    """A migration, what Django leaves for its end, and its record are one transaction, which ends whatever fails."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        return _ours(super()._create_project_state(with_applied_migrations))  # type: ignore[misc]

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        state.begin(migration)
        with _whole(migration):
            return super().apply_migration(state, migration, *args, **options)

    def unapply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        with _whole(migration):
            return super().unapply_migration(state, migration, *args, **options)


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's, and may be repeated: an attempt that broke off leaves an invalid index under the name."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


@contextmanager
def _whole(migration: Any) -> Iterator[None]:
    """The migration's transaction. Django opens none of its own in it: where a statement fails that it left for the
    end, a foreign key, it would leave it open, and us with all locks in it."""
    if not migration.atomic:
        yield
        return
    migration.atomic = False
    try:
        with transaction.atomic():
            yield
    finally:
        migration.atomic = True


def _is_ours(raw: "psycopg.Connection[Any]", name: str) -> bool:
    taken = raw.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name]).fetchone()
    return bool(taken and taken[0])
