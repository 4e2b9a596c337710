"""What the audit's checks find, for tests that ask again and again: planned the first time, and again after rows were
copied in (tests/kept.py), since to plan them takes many times as long as to look at what a test has."""

from django.db import connection

from auctions.queries.audit import CHECKS


def found_by_audit() -> list[tuple[str, str]]:
    """What does not add up at any venue: the check, and what it says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_prepared_statements WHERE name = 'audited'")
        is_planned = cursor.rowcount
    # Past the cursor: it changes nothing, by which a test would be on its own from here (tests/kept.py).
    if not is_planned:
        connection.connection.execute(f"PREPARE audited AS {_all_checks()}")
    found: list[tuple[str, str]] = connection.connection.execute("EXECUTE audited").fetchall()
    return found


def _all_checks() -> str:
    return " UNION ALL ".join(
        f"SELECT $name${name}$name$, message FROM ({check % {'venue': 'NULL'}}) AS found(message)"
        for name, check in CHECKS.items()
    )
