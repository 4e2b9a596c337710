"""The limits of the database are the role's: whoever connects as it has them, through a pooler too."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from backstop.database import LIMITS
from backstop.operations.set_limits import set_limits
from tests.builders import perform

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database_owner")]


@pytest.fixture
def other() -> Iterator["psycopg.Connection[Any]"]:
    """A connection as another program has it, with the limits of the house."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        yield other


def test_migrate_sets_the_limits_of_every_connection_from_then_on(other: "psycopg.Connection[Any]") -> None:
    shown = {name: other.execute(f"SHOW {name}").fetchone()[0] for name in LIMITS}  # type: ignore[index]
    assert shown == LIMITS


def test_limits_that_were_changed_are_set_again_by_migrate(other: "psycopg.Connection[Any]") -> None:
    perform(set_limits, limits={"lock_timeout": "1min"})
    with psycopg.connect(other.info.dsn, autocommit=True) as later:
        assert later.execute("SHOW lock_timeout").fetchone() == ("1min",)
    call_command("migrate", verbosity=0)
    with psycopg.connect(other.info.dsn, autocommit=True) as later:
        assert later.execute("SHOW lock_timeout").fetchone() == (LIMITS["lock_timeout"],)
