"""Database functions come with the release that calls them, and go with the release after the next.

Guarantees that the programs of this release and of the one before find their functions, and that a function under a
name is never another one. Two that install at once follow each other.
"""

from collections.abc import Sequence

from django.db import connection

from backstop.locks import EVERYWHERE, Lock, lock
from backstop.sql_functions import HASH_DIGITS, DatabaseFunction
from backstop.transactions import operation

# Each with its turn: the latest release to be installed has the highest, also where it was there before. Where turns
# were lost (they are comments), what was created last is the latest.
INSTALLED = """
    SELECT proname, oid::regprocedure::text,
           coalesce(substring(obj_description(oid, 'pg_proc') FROM '^turn ([0-9]{1,9})$'), '0')::integer
    FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND proname ~ %s
    ORDER BY 3 DESC, pg_proc.oid DESC
"""


@operation
def install_functions(*, functions: Sequence[DatabaseFunction]) -> None:
    """Create those of these functions that are absent; of the others of their kind keep the latest, drop the rest."""
    lock(Lock.FUNCTIONS, [EVERYWHERE])
    for function in functions:
        _install(function)


def _install(function: DatabaseFunction) -> None:
    installed = _list_installed(function.stem)
    latest_turn = installed[0][2] if installed else 0
    if not installed or installed[0][0] != function.name:
        with connection.cursor() as cursor:
            if function.name not in [name for name, _, _ in installed]:
                cursor.execute(function.definition)
            cursor.execute(f"COMMENT ON FUNCTION {function.name} IS 'turn {latest_turn + 1}'")
    others = [signature for name, signature, _ in installed if name != function.name]
    with connection.cursor() as cursor:
        for signature in others[1:]:
            cursor.execute(f"DROP FUNCTION {signature}")


def _list_installed(stem: str) -> list[tuple[str, str, int]]:
    """The functions of this kind, by name, signature and turn; the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED, [f"^{stem}_[0-9a-f]{{{HASH_DIGITS}}}$"])
        return [(name, signature, turn) for name, signature, turn in cursor.fetchall()]
