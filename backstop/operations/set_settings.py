"""How long anything may wait, run or stand still is the database's own setting, so that no pooler loses it.

Guarantees that they hold for every connection that is opened from now on, as any role, directly or through PgBouncer.
"""

from collections.abc import Mapping

from django.db import connection
from psycopg import sql

from backstop.locks import EVERYWHERE, Lock, lock
from backstop.transactions import operation


@operation
def set_settings(*, settings: Mapping[str, str]) -> None:
    """Give this database these, for every role that has none of its own; others of its settings stay."""
    lock(Lock.LIMITS, [EVERYWHERE])
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        database = sql.Identifier(*cursor.fetchone())
        for name, value in settings.items():
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
            cursor.execute(statement.format(database, sql.Identifier(name), sql.Literal(value)))
