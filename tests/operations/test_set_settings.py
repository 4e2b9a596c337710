"""The settings of the house are the database's: whoever connects has them, through a pooler too."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from backstop.database import SETTINGS
from backstop.operations.set_settings import set_settings
from tests.builders import perform

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database_owner")]


@pytest.fixture
def other() -> Iterator["psycopg.Connection[Any]"]:
    """A connection as another program has it, with the settings of the house."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        yield other


def test_migrate_makes_the_settings_of_every_connection_from_then_on(other: "psycopg.Connection[Any]") -> None:
    shown = {name: other.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS}  # type: ignore[index]
    assert shown == SETTINGS


def test_settings_that_were_changed_are_made_again_by_migrate(other: "psycopg.Connection[Any]") -> None:
    perform(set_settings, settings={"lock_timeout": "1min"})
    with psycopg.connect(other.info.dsn, autocommit=True) as later:
        assert later.execute("SHOW lock_timeout").fetchone() == ("1min",)
    call_command("migrate", verbosity=0)
    with psycopg.connect(other.info.dsn, autocommit=True) as later:
        assert later.execute("SHOW lock_timeout").fetchone() == (SETTINGS["lock_timeout"],)
