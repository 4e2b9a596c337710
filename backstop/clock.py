"""The one reader of time: the database's clock, so that every process and every SQL statement agree.

All SQL uses the function backstop_now() (migration 0001); test databases replace it, so that every process on that
database travels together.
"""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

FUNCTION_SQL = """
CREATE FUNCTION backstop_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT clock_timestamp() $$
"""


class DatabaseNow(Func):
    """The instant at which the database evaluates it: for `db_default` and for queries."""

    function = "backstop_now"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """The instant, aware and in UTC. One query: an operation asks once and passes the answer on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT backstop_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment
