"""What is wrong with the database, in one line: what, and what to do instead."""

import re

from django.db import OperationalError

from backstop.database import LOST, sqlstate_of

# By SQLSTATE or its beginning; the longest that fits is said.
SAID = {
    "08": "the database does not answer; `make run` starts one, DATABASE_URL names one",
    "25006": "the database only reads, as a standby does; DATABASE_URL has to name the one that writes",
    "25P03": "a transaction stood still for too long and was ended; try again",
    "28": "the database does not let this role in; `migrate` creates that of DATABASE_URL as the owner that "
    "MIGRATE_DATABASE_URL names, and `createuser` makes an owner",
    "3D000": "there is no such database; `createdb` makes it, DATABASE_URL names it",
    "40": "others were in the way; try again",
    "42501": "this role may not do that; `migrate` grants its rights, and connects as MIGRATE_DATABASE_URL, the owner",
    "42703": "the tables are not those of this release; `migrate` lays them",
    "42883": "the functions are not those of this release; `migrate` lays them",
    "42P01": "the tables are not those of this release; `migrate` lays them",
    "53": "the database has no room for this; look at its memory and disks",
    "53300": "the database takes no more connections; end some, share them by PgBouncer, or raise max_connections",
    "55P03": "others hold what this needs; try again",
    "57014": "it took longer than statement_timeout allows this role; ALTER ROLE … SET allows more",
    "57P": "the database starts, or is being shut down; try again once it is up",
}
# Who is not let in is told in words alone, the server's or PgBouncer's.
REFUSALS = {
    "permission denied": "42501",
    "authentication failed|no password supplied|no pg_hba.conf entry|not permitted to log in": "28000",
    'role ".*" does not exist': "28000",
    'database ".*" does not exist|no such database': "3D000",
    "too many (clients|connections)|no more connections allowed|remaining connection slots": "53300",
    "the database system is|due to administrator command": "57P03",
}


def explain(error: BaseException) -> str | None:
    """One line, with the database's own words at its end; None for a fault that nobody expects."""
    state = sqlstate_of(error)
    if state == LOST:
        state = next((told for words, told in REFUSALS.items() if re.search(words, str(error))), LOST)
    known = [start for start in SAID if (state or "").startswith(start)]
    if not known and not isinstance(error, OperationalError):
        return None
    said = SAID[max(known, key=len)] if known else "the database could not do it now"
    return f"{said}: {str(error).splitlines()[0]}"
