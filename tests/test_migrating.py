"""`migrate` beside running programs: it waits for its turn and for locks, and leaves nothing half way."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from backstop import migrating
from backstop.database import SETTINGS
from backstop.migrating import one_at_a_time
from tests.elsewhere import HOUSE, eventually
from tests.races.together import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database_owner")]

BUSY = """
    operations = [
        migrations.RunSQL(
            "ALTER TABLE backstop_storedanswer ADD later integer", "ALTER TABLE backstop_storedanswer DROP later"
        ),
        migrations.RunSQL("ALTER TABLE backstop_outbox ADD later integer", "ALTER TABLE backstop_outbox DROP later"),
    ]
"""
TABLE = """
    operations = [
        migrations.CreateModel("Thing", [
            ("id", models.AutoField(primary_key=True)), ("code", models.CharField(max_length=8, db_index=True)),
        ]),
    ]
"""
INDEX = """
    dependencies = [("later", "0001_first")]
    atomic = False
    operations = [AddIndexConcurrently("thing", models.Index(fields=["code"], name="thing_code"))]
"""

REFERENCE = """
    dependencies = [("backstop", "__first__")]
    operations = [
        migrations.CreateModel("Thing", [
            ("id", models.AutoField(primary_key=True)), ("event", models.ForeignKey("backstop.event", models.PROTECT)),
        ]),
    ]
"""

REFERRED = """
    operations = [
        migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True)), ("code", models.TextField())]),
        migrations.CreateModel("Word", [
            ("id", models.AutoField(primary_key=True)), ("thing", models.ForeignKey("later.thing", models.CASCADE)),
        ]),
        migrations.AddField("thing", "later", models.TextField()),
    ]
"""
ALTERED = """
    def read(apps, _):
        list(apps.get_model("later", "word").objects.filter(thing__name="x"))

    dependencies = [("later", "0001_first")]
    operations = [
        migrations.AlterField("thing", "id", models.BigAutoField(primary_key=True)),
        migrations.RenameField("thing", "code", "name"),
        migrations.RunPython(read, migrations.RunPython.noop),
    ]
"""

# What stands in the database, but for what only tests put there.
COLUMNS = """
    SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
           pg_get_expr(adbin, adrelid)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'clock_travel' AND attnum > 0
      AND NOT attisdropped
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""
INDEXES = "SELECT indexdef, '' FROM pg_indexes WHERE schemaname = 'public'"
TRIGGERS = "SELECT pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"

Later = Callable[..., None]


@pytest.fixture
def later(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """Give the product an app of its own with these migrations; they are taken back in the end."""
    folder = tmp_path / "later" / "migrations"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()

    def install(*bodies: str) -> None:
        for name, body in zip(("0001_first", "0002_second"), bodies, strict=False):
            head = "from django.db import migrations, models\nfrom backstop.migrating import AddIndexConcurrently\n\n\n"
            (folder / f"{name}.py").write_text(f"{head}class Migration(migrations.Migration):\n{body}")
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "later"]

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 0.05)
    yield install
    with suppress(OSError):
        call_command("migrate", "later", "zero", verbosity=0)
    for name in [name for name in sys.modules if name.partition(".")[0] == "later"]:
        del sys.modules[name]


@pytest.fixture
def other() -> Iterator["psycopg.Connection[Any]"]:
    """Another program."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn) as other:
        yield other


def ask(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def laid() -> list[list[tuple[Any, ...]]]:
    """Columns, constraints, indexes and triggers as they are."""
    with connection.cursor() as cursor:
        return [sorted(cursor.execute(each).fetchall(), key=repr) for each in (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS)]


def is_applied(name: str) -> bool:
    return ("later", name) in MigrationRecorder(connection).applied_migrations()


def test_a_program_that_meets_a_migration_in_a_deadlock_goes_on_and_the_migration_comes_again(later, other):
    later(BUSY)
    other.execute("SELECT FROM backstop_outbox")
    is_met = threading.Event()

    def meets() -> None:
        waiting = "SELECT FROM pg_locks WHERE relation = 'backstop_outbox'::regclass AND NOT granted"
        with psycopg.connect(other.info.dsn, autocommit=True) as watching:
            if eventually(lambda: bool(watching.execute(waiting).rowcount)):
                is_met.set()
        other.execute("SELECT FROM backstop_storedanswer")
        other.commit()

    program = threading.Thread(target=meets)
    program.start()
    said = io.StringIO()
    call_command("migrate", verbosity=0, stderr=said)
    program.join()
    assert is_met.is_set()
    assert other.info.transaction_status == psycopg.pq.TransactionStatus.IDLE, "it was not ended for the migration"
    assert "others hold what this needs, trying again: canceling statement due to lock timeout" in said.getvalue()
    assert is_applied("0001_first")


def test_a_reference_that_is_left_for_the_end_and_meets_a_lock_keeps_no_lock_of_its_own(later, other):
    """Django leaves its transaction open there: the migration came again inside it, and programs waited for minutes."""
    later(REFERENCE)
    other.execute("LOCK TABLE backstop_event IN ROW EXCLUSIVE MODE")

    class Freed(io.StringIO):
        def write(self, said: str) -> int:
            other.rollback()
            return super().write(said)

    said = Freed()
    call_command("migrate", verbosity=0, stderr=said)
    assert "trying again: canceling statement due to lock timeout" in said.getvalue()
    assert other.execute("SELECT FROM later_thing").rowcount == 0
    other.execute("LOCK TABLE backstop_event IN ACCESS EXCLUSIVE MODE NOWAIT")


def test_a_lock_that_never_comes_ends_it_with_nothing_changed(later, other, monkeypatch):
    monkeypatch.setattr(migrating, "PATIENCE_SECONDS", 0)
    later(BUSY)
    other.execute("SELECT FROM backstop_outbox")
    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", verbosity=0)
    other.rollback()
    with pytest.raises(ProgrammingError, match="does not exist"):
        ask("SELECT later FROM backstop_storedanswer")
    assert not is_applied("0001_first")


def test_a_migration_that_is_not_recorded_did_not_happen(later, monkeypatch):
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    later(TABLE)
    with monkeypatch.context() as patch:
        patch.setattr(MigrationRecorder, "record_applied", dies)
        with pytest.raises(KeyboardInterrupt):
            call_command("migrate", verbosity=0)
    assert ask("SELECT to_regclass('later_thing')") is None
    call_command("migrate", verbosity=0)
    assert is_applied("0001_first")


def test_an_index_that_broke_off_half_way_is_built_anew_while_another_waits_to_migrate(later, monkeypatch):
    later(TABLE, INDEX)
    call_command("migrate", "later", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO later_thing (code) VALUES ('same'), ('same')")
        with pytest.raises(DatabaseError, match="could not create unique index"):
            cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY thing_code ON later_thing (code)")
    valid = "SELECT indisvalid AND NOT indisunique FROM pg_index WHERE indexrelid = 'thing_code'::regclass"
    assert ask(valid) is False
    migrated = together(*[lambda: call_command("migrate", verbosity=0)] * 3)
    assert migrated == [None] * 3
    assert ask(valid) is True


def test_looking_at_the_plan_waits_for_nobody(capsys):
    with one_at_a_time("migrate"):
        call_command("migrate", plan=True)
        call_command("migrate", check_unapplied=True)
    assert "No planned migration operations" in capsys.readouterr().out


@pytest.fixture
def empty(db: None) -> Iterator[str]:
    """Where the owner finds a database with nothing in it."""
    name = f"{connection.settings_dict['NAME']}_empty"
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
        yield make_conninfo(owner.info.dsn, dbname=name)
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
        owner.execute(f"DROP ROLE IF EXISTS {name}_programs, {name}_application, {name}_reader")


def test_what_refers_to_a_field_follows_it_though_only_the_changed_model_is_computed_anew(later):
    later(REFERRED, ALTERED)
    call_command("migrate", verbosity=0)
    types = (
        "SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute WHERE attnum > 0"
    )
    assert ask(f"{types} AND attrelid = 'later_thing'::regclass") == "bigint text text"
    assert ask(f"{types} AND attrelid = 'later_word'::regclass") == "integer bigint"


@pytest.mark.upgrade  # as Django computes them, the models take a quarter of a minute
def test_what_is_laid_is_what_django_lays(empty):
    ours = laid()
    with migrating.reached_at({"NAME": conninfo_to_dict(empty)["dbname"]}):
        djangos = MigrationExecutor(connection)
        djangos.migrate(djangos.loader.graph.leaf_nodes())
        assert laid() == ours


@pytest.mark.xdist_group("processes")
def test_two_that_migrate_an_empty_database_at_once_both_succeed(empty):
    programs = make_conninfo(empty, user=f"{conninfo_to_dict(empty)['dbname']}_programs", password="for a test")
    servers = {"DATABASE_URL": programs, "MIGRATE_DATABASE_URL": empty}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    together = [
        subprocess.Popen(command, cwd=HOUSE, env={**os.environ, **servers}, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in together] == [("", 0)] * 2
    with psycopg.connect(programs) as program:
        assert program.execute("SELECT FROM auctions_book").rowcount == 0
        assert program.execute("SHOW lock_timeout").fetchone() == (SETTINGS["lock_timeout"],)
