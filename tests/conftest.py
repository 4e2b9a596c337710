"""What every test may ask for."""

import gc
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from backstop import clock
from backstop.transactions import acting
from tests import described, kept, roles
from tests.people import signed_in

admin.autodiscover()  # as addresses do: tests are made of its pages

# The clock of a test database: the real one plus a shift, or standing still. What it replaced is kept, for a test.
TRAVEL_SQL = """
CREATE TABLE clock_travel AS
  SELECT interval '0' AS shift, NULL::timestamptz AS frozen_at, pg_get_functiondef('backstop_now'::regproc) AS replaced;
CREATE OR REPLACE FUNCTION backstop_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT coalesce(frozen_at, clock_timestamp()) + shift FROM clock_travel $$;
"""


_sent_by_workers: set[described.Answered] = set()


def pytest_configure() -> None:
    """The servers of a run are its own, as the demo's are."""
    settings.BEARER_KEYS_WRITE = True
    settings.MAIL_IS_SENT = True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells which successes were sent; who has all of a whole run fails it where one never was."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["sent"] = sorted(described.seen)
        return
    is_whole = session.config.args == session.config.getini("testpaths")
    if is_whole and (missing := described.unsent(_sent_by_workers | described.seen)):
        print("\nThe document names successes that no test was answered:", *missing, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file that do much alike go to one worker, which does it once."""
    for item in items:
        if "deeds_are_kept" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look for garbage in it, again and again, takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _sent_by_workers.update(tuple(each) for each in getattr(node, "workeroutput", {}).get("sent", []))


@pytest.fixture(autouse=True)
def the_test_acts() -> Iterator[None]:
    """What a test does by an operation of its own hand is its own deed."""
    with acting("test"):
        yield


@pytest.fixture(autouse=True)
def the_test_may_pause(_django_db_marker: None) -> None:
    """A test that is rolled back is one transaction, in which a busy machine may well let it do nothing for seconds."""
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


@pytest.fixture(scope="session", autouse=True)
def patches_are_noticed() -> Iterator[None]:
    with kept.patches_noticed():
        yield


@pytest.fixture
def deeds_are_kept(the_test_may_pause: None) -> Iterator[None]:
    """For files whose tests do much alike: it is done once, where a test is rolled back (tests/kept.py)."""
    if connection.in_atomic_block:
        with kept.of_test():
            yield
    else:
        yield


class Travel:
    """Moves the clock of this test's database, for every process that is connected to it. Hearts beat on meanwhile."""

    @kept.kept
    def __call__(self, **duration: float) -> datetime:
        """`travel(seconds=3)`: on by so much, or back by a negative amount."""
        self._set("shift = shift + %s", timedelta(**duration))
        return clock.now()

    @kept.kept
    def outage(self, **duration: float) -> datetime:
        """On by so much, in which nothing runs."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clock_travel SET shift = shift + %s", [timedelta(**duration)])
        return clock.now()

    @kept.kept
    def to(self, moment: datetime) -> None:
        """Stands still at this moment: for what happens *at* a deadline."""
        self._set("shift = interval '0', frozen_at = %s", moment)

    @kept.kept
    def freeze(self) -> datetime:
        self.to(clock.now())
        return clock.now()

    def home(self) -> None:
        self._set("shift = interval '0', frozen_at = %s", None)

    def _set(self, assignment: str, value: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE clock_travel SET {assignment}", [value])
            cursor.execute("UPDATE auctions_heartbeat SET beat_at = backstop_now()")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('clock_travel') IS NULL")
            if cursor.fetchone()[0]:  # with --reuse-db it is there already
                cursor.execute(TRAVEL_SQL)
        with roles.existing(), django_db_blocker.block():
            yield


@pytest.fixture(scope="session", autouse=True)
def rows_go_by_delete() -> Iterator[None]:
    """Between transactional tests: to truncate so many tables that hold few rows takes ten times as long.

    Content types and permissions stay, so that nothing has to make them again.
    """

    def deletes(_: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        emptied = [table for table in tables if table not in {"django_content_type", "auth_permission"}]
        # Append-only tables refuse a DELETE, and foreign keys ask for an order.
        as_owner = ["SET LOCAL ROLE NONE", "SET LOCAL session_replication_role = replica"]
        return ["; ".join([*as_owner, *(f'DELETE FROM "{table}"' for table in emptied)])]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", deletes)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_are_cheap() -> Iterator[None]:
    """To hash one as the product does takes half a second."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once() -> Iterator[None]:
    """Every client loads the middleware anew, and would look at each of them again before its first request."""
    find, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def remember(middleware: Any) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files = found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remember)
        yield


@pytest.fixture
def database_owner(db: None) -> Iterator[None]:
    """This test does what only the owner of the tables may do; all others are the application's."""
    with roles.owning():
        yield


@pytest.fixture
def travel(db: None) -> Iterator[Travel]:
    travel = Travel()
    yield travel
    if not connection.in_atomic_block:  # otherwise the test's transaction takes it back
        travel.home()


@pytest.fixture
def admin_client(admin_user: Any) -> Any:
    """A superuser that showed its second factor, as everybody does who enters the admin."""
    return signed_in(admin_user)
