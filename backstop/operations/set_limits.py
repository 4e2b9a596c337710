"""The limits on how long anything may wait, run or stand still are the database's own, so that no pooler loses them.

Guarantees that they hold for every connection that this role opens from now on, directly or through PgBouncer.
"""

from collections.abc import Mapping

from django.db import connection
from psycopg import sql

from backstop.transactions import EVERYWHERE, lock_exclusive, operation


@operation
def set_limits(*, limits: Mapping[str, str]) -> None:
    """Give the role that is connected these settings in this database; others of its settings stay."""
    lock_exclusive("limits", [EVERYWHERE])
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        database = sql.Identifier(*cursor.fetchone())
        for name, limit in limits.items():
            statement = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}")
            cursor.execute(statement.format(database, sql.Identifier(name), sql.Literal(limit)))
