"""Migrations that came after the newest release may run beside its programs; those of the release stay as they are."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pgtrigger
import pgtrigger.compiler
import psycopg
import pytest
from django.conf import settings
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import connection, migrations, models, transaction
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from backstop.clock import DatabaseNow
from backstop.migrating import AddIndexConcurrently, WholeMigrations, reached_at
from tests import roles
from tests.elsewhere import HOUSE
from tests.upgrade import watching
from tests.upgrade.releases import newest_release

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("laid")]  # the database is laid once

Columns = Collection[tuple[str, str]]

NULLABLE = models.IntegerField(null=True)


def released() -> dict[tuple[str, str], str]:
    """The migrations of the newest release: the text of each, by app and name."""
    found = newest_release().files(r"\w+/migrations/\d\w+\.py").items()
    return {(path.split("/")[0], path.split("/")[-1].removesuffix(".py")): text for path, text in found}


class Watching(WholeMigrations):
    """Finds what is wrong with each migration that it applies."""

    def __init__(self, used: Columns) -> None:
        super().__init__(connection)
        self.used = used
        self.faults: list[str] = []

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        before = watching.look()
        if migration.atomic:
            with transaction.atomic():
                state = super().apply_migration(state, migration, *args, **options)
                found = watching.faults(before, watching.look(), watching.locks(), self.used)
        else:
            state = super().apply_migration(state, migration, *args, **options)
            found = faults_outside_transactions(migration.operations)
        self.faults += [f"{migration}: {fault}" for fault in found]
        return state


def faults_outside_transactions(operations: Sequence[Operation]) -> list[str]:
    """A migration that is not atomic does what may be repeated, and nothing else: it may have broken off anywhere."""
    may = all(isinstance(each, AddIndexConcurrently | RemoveIndexConcurrently) for each in operations)
    return [] if may else ["it is not atomic: only AddIndexConcurrently and RemoveIndexConcurrently may be so"]


class Laid:
    """A database as the newest release lays it, and the columns that its programs use."""

    def __init__(self) -> None:
        executor = WholeMigrations(connection)
        graph, old = executor.loader.graph, released().keys()
        parents = {parent for node in old for parent in graph.node_map[node].parents if parent.key[0] == node[0]}
        last = old - {parent.key for parent in parents}
        others = {node for node in graph.leaf_nodes() if node[0] not in settings.HOUSE}
        executor.migrate([*last, *others])
        self.state: ProjectState = executor.loader.project_state([*last, *others])
        self.used = {
            (model._meta.db_table, field.column)
            for model in self.state.apps.get_models(include_auto_created=True)
            for field in model._meta.concrete_fields
        }

    def faults_of(self, operations: Sequence[Operation], used: Columns | None = None) -> list[str]:
        """What is wrong with a migration of these operations; it is taken back."""
        example = migrations.Migration("example", "backstop")
        example.operations = list(operations)
        before = watching.look()
        with transaction.atomic():
            with connection.schema_editor() as editor:
                example.apply(self.state.clone(), editor)
            after, held = watching.look(), watching.locks()
            transaction.set_rollback(True)
        return watching.faults(before, after, held, self.used if used is None else used)


@pytest.fixture(scope="module")
def laid(django_db_setup: None, django_db_blocker: Any) -> Iterator[Laid]:
    with django_db_blocker.unblock(), roles.owning():
        name = f"{connection.settings_dict['NAME']}_released"
        with psycopg.connect(connection.connection.info.dsn, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE IF EXISTS {name}")
            owner.execute(f"CREATE DATABASE {name}")
            with reached_at({"NAME": name}):
                yield Laid()
            owner.execute(f"DROP DATABASE {name}")


def test_the_migrations_of_the_release_are_as_they_were() -> None:
    for (app, name), text in released().items():
        path = HOUSE / app / "migrations" / f"{name}.py"
        assert path.exists(), f"databases of the release have applied {app}.{name}"
        assert path.read_text() == text, f"databases of the release have applied {app}.{name} as it was"


def add(model: str, field: Any, name: str = "later") -> Operation:
    return migrations.AddField(model, name, field)


def a_reference(to: str, **options: Any) -> Any:
    return models.ForeignKey(to, models.PROTECT, db_index=False, related_name="+", **options)


TRIGGER = pgtrigger.compiler.Trigger(
    name="later",
    sql=pgtrigger.compiler.UpsertTriggerSql(
        func="RETURN NEW;", hash="0", operation="UPDATE", pgid="pgtrigger_later", table="backstop_mark", when="BEFORE"
    ),
)
MAY = {
    "a column that may be null": [add("outbox", NULLABLE)],
    "a column with a database default": [add("outbox", models.IntegerField(db_default=0))],
    "two columns of a table": [add("outbox", NULLABLE), add("outbox", NULLABLE, "too")],
    "a table that refers to others": [
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("venue", models.ForeignKey("backstop.venue", models.PROTECT, related_name="+")),
                ("asset", models.ForeignKey("backstop.asset", models.PROTECT, related_name="+")),
            ],
        )
    ],
    "a longer text": [migrations.AlterField("venue", "name", models.CharField(max_length=300))],
    "another help text": [migrations.AlterField("venue", "name", models.CharField(max_length=200, help_text="new"))],
    "a column that may be null from now on": [migrations.AlterField("venue", "notice_seconds", NULLABLE)],
    "a trigger": [pgtrigger.migrations.AddTrigger("mark", TRIGGER)],
    "what the models alone forget": [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("venue", "name")])
    ],
}
MAY_NOT = {
    "it locks backstop_outbox and backstop_storedanswer": [add("outbox", NULLABLE), add("storedanswer", NULLABLE)],
    "it locks backstop_outbox and backstop_venue": [add("outbox", a_reference("backstop.venue", null=True))],
    "backstop_outbox.later is NOT NULL without a database default": [add("outbox", models.IntegerField(default=0))],
    "backstop_venue.name is gone": [migrations.RemoveField("venue", "name")],
    "backstop_venue.code is gone": [migrations.RenameField("venue", "code", "slug")],
    "backstop_outbox.event_id is gone": [migrations.DeleteModel("outbox")],
    "backstop_storedanswer.key is gone": [migrations.AlterModelTable("storedanswer", "answers")],
    "backstop_event.provider_id becomes NOT NULL": [
        migrations.AlterField("event", "provider_id", models.UUIDField(default="00000000-0000-0000-0000-000000000000"))
    ],
    "backstop_venue.name changes its type": [
        migrations.AlterField("venue", "name", models.CharField(max_length=20)),
    ],
    "backstop_outbox is written anew": [add("outbox", models.DateTimeField(db_default=DatabaseNow()))],
    "stored_answer_paths is built while nobody may write": [
        migrations.AddIndex("storedanswer", models.Index(fields=["path"], name="stored_answer_paths"))
    ],
    "outbox_event_once is built while nobody may write": [
        migrations.AddConstraint("outbox", models.UniqueConstraint(fields=["event_id"], name="outbox_event_once"))
    ],
    "rows of backstop_venue are written": [migrations.RunSQL("UPDATE backstop_venue SET name = code")],
}


@pytest.mark.parametrize("what", MAY)
def test_beside_older_programs_a_migration_may_add(laid: Laid, what: str) -> None:
    assert laid.faults_of(MAY[what]) == []


@pytest.mark.parametrize("why", MAY_NOT)
def test_beside_older_programs_a_migration_may_not(laid: Laid, why: str) -> None:
    assert [fault for fault in laid.faults_of(MAY_NOT[why]) if fault.startswith(why)]


def test_what_the_release_does_not_use_any_more_may_go(laid: Laid) -> None:
    drop = [migrations.RemoveField("venue", "name")]
    assert laid.faults_of(drop, laid.used - {("backstop_venue", "name")}) == []


def test_outside_a_transaction_a_migration_does_one_thing() -> None:
    concurrently = AddIndexConcurrently("outbox", models.Index(fields=["event_id"], name="outbox_events"))
    assert faults_outside_transactions([concurrently]) == []
    assert faults_outside_transactions([concurrently, concurrently]) == []
    assert faults_outside_transactions([concurrently, add("outbox", NULLABLE)])
    assert faults_outside_transactions([add("outbox", NULLABLE)])


@pytest.mark.django_db(transaction=True)
def test_every_migration_since_the_release_may_run_beside_its_programs(laid: Laid) -> None:
    executor = Watching(laid.used)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert executor.faults == []
