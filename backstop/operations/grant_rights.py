"""Who may do what: the application adds and changes rows, a reader sees what is no secret, the owner does the rest.

Guarantees that neither can alter, empty or drop a table, stop a trigger or create anything, and that append-only rows
are changed by nobody. Rights belong to two groups of the database's name; whoever connects is a member of one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from backstop.locks import EVERYWHERE, Lock, lock
from backstop.rights import Login, TableRights
from backstop.transactions import operation

WHERE_AND_WHO = """
    SELECT current_database(), current_schema(), rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user
"""
# Those of identity columns come with their tables.
SEQUENCES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace AND relowner = current_user::regrole
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'i')
"""


@operation
def grant_rights(*, tables: Sequence[TableRights], programs: Login | None) -> None:
    """Give the groups `<database>_application` and `<database>_reader` these rights; `programs` are of the first.

    Groups and login are created where they are absent, the groups only by an owner who may create roles. Tables that
    are not named keep the rights they had: programs of the release before may need them.
    """
    lock(Lock.RIGHTS, [EVERYWHERE])
    database, schema, may_create_roles = _ask(WHERE_AND_WHO)
    place = {"database": sql.Identifier(database), "schema": sql.Identifier(schema)}
    _execute("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC", **place)
    _execute("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC", **place)
    application, reader = f"{database}_application", f"{database}_reader"
    groups = [group for group in (application, reader) if _exists(group) or (may_create_roles and _create(group))]
    for group in groups:
        _execute("GRANT CONNECT ON DATABASE {database} TO {group}", **place, group=sql.Identifier(group))
        _execute("GRANT USAGE ON SCHEMA {schema} TO {group}", **place, group=sql.Identifier(group))
    if application in groups:
        _let_work(application, tables)
    if reader in groups:
        _let_read(reader, tables)
    if programs:
        _admit(programs, application)


def _let_work(application: str, tables: Sequence[TableRights]) -> None:
    group = sql.Identifier(application)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in tables:
        alike[each.privileges].append(each.table)
    for privileges, names in alike.items():
        among = sql.SQL(", ").join(map(sql.Identifier, names))
        _execute("REVOKE ALL ON {among} FROM {group}", among=among, group=group)
        _execute("GRANT {some} ON {among} TO {group}", some=sql.SQL(", ".join(privileges)), among=among, group=group)
    for (name,) in _rows(SEQUENCES):
        _execute("GRANT USAGE ON SEQUENCE {name} TO {group}", name=sql.Identifier(name), group=group)


def _let_read(reader: str, tables: Sequence[TableRights]) -> None:
    group = sql.Identifier(reader)
    among = sql.SQL(", ").join(sql.Identifier(each.table) for each in tables)
    _execute("REVOKE ALL ON {among} FROM {group}", among=among, group=group)
    for each in tables:
        if each.readable is None:
            _execute("GRANT SELECT ON {table} TO {group}", table=sql.Identifier(each.table), group=group)
        elif each.readable:
            columns = sql.SQL(", ").join(map(sql.Identifier, each.readable))
            table = sql.Identifier(each.table)
            _execute("GRANT SELECT ({columns}) ON {table} TO {group}", columns=columns, table=table, group=group)


def _admit(programs: Login, application: str) -> None:
    """Where somebody else keeps the roles, they are as they should be, and nothing is asked of an owner who may not."""
    login = sql.Identifier(programs.name)
    if not _exists(programs.name):
        _execute("CREATE ROLE {login} LOGIN", login=login)
        if programs.password:
            # Hashed here: what a statement says may be logged.
            words = programs.password.encode(), programs.name.encode(), b"scram-sha-256"
            hashed = connection.connection.pgconn.encrypt_password(*words).decode()
            _execute("ALTER ROLE {login} PASSWORD {hashed}", login=login, hashed=sql.Literal(hashed))
    (is_member,) = _ask("SELECT pg_has_role(%s, %s, 'MEMBER')", programs.name, application)
    if not is_member:
        _execute("GRANT {group} TO {login}", group=sql.Identifier(application), login=login)


def _exists(role: str) -> bool:
    return bool(_ask("SELECT count(*) FROM pg_roles WHERE rolname = %s", role)[0])


def _create(group: str) -> bool:
    _execute("CREATE ROLE {group} NOLOGIN", group=sql.Identifier(group))
    return True


def _ask(question: str, *values: str) -> tuple[Any, ...]:
    (row,) = _rows(question, *values)
    return row


def _rows(question: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())


def _execute(statement: str, **parts: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**parts))
