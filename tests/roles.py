"""Roles beside the owner of a test database: tests work as its application, and may connect as programs and a reader.

They come and go with the database. What only the owner may do, a test does by the fixture `database_owner`.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.signals import connection_created
from psycopg import sql

from backstop.operations.grant_rights import grant_rights
from backstop.rights import Login, list_rights
from tests.builders import perform

_password = secrets.token_urlsafe(12)


@contextmanager
def existing() -> Iterator[None]:
    """A block, entered and left as the owner, in which whatever connects is the application."""
    _create()
    connection.close()
    connection_created.connect(_be_the_application)
    yield
    connection_created.disconnect(_be_the_application)
    connection.close()
    _drop()


@contextmanager
def owning() -> Iterator[None]:
    """A block in which this connection, and any that is opened, is the owner's."""
    connection_created.disconnect(_be_the_application)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    try:
        yield
    finally:
        connection_created.connect(_be_the_application)
        if not connection.in_atomic_block:  # otherwise the test's transaction takes it back
            connection.close()


def programs_url() -> str:
    """Where programs find this test's database."""
    return _url("programs")


def reader_url() -> str:
    """Where a reader does."""
    return _url("reading")


def name_of(kind: str) -> str:
    """This test database's role of that kind."""
    return f"{connection.settings_dict['NAME']}_{kind}"


def _create() -> None:
    _drop_logins()  # a run that was killed left them, with another password
    perform(grant_rights, tables=list_rights(), programs=Login(name_of("programs"), _password))
    _execute("CREATE ROLE {reading} LOGIN PASSWORD {password} IN ROLE {reader}")
    _execute("GRANT SELECT, UPDATE ON clock_travel TO {application}")
    _execute("GRANT SELECT ON clock_travel TO {reader}")


def _drop() -> None:
    _drop_logins()
    _execute("DROP OWNED BY {application}, {reader}")
    _execute("DROP ROLE {application}, {reader}")


def _drop_logins() -> None:
    _execute("DROP ROLE IF EXISTS {programs}, {reading}")


def _be_the_application(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name_of("application"))))


def _execute(statement: str) -> None:
    kinds = ("application", "programs", "reader", "reading")
    names = {kind: sql.Identifier(name_of(kind)) for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**names, password=sql.Literal(_password)))


def _url(kind: str) -> str:
    connection.ensure_connection()
    return psycopg.conninfo.make_conninfo(connection.connection.info.dsn, user=name_of(kind), password=_password)
