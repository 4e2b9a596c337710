"""What a migration does to programs of the release before that run beside it, as the database itself tells.

Every table that the release has is busy. What is refused, and why, is said by `faults`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

# Of these, the first keeps everybody else away from a table, and all keep writers away.
BLOCKING = ("AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock")

COLUMNS = """
    SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, atthasdef OR attidentity <> ''
    FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
"""
FILES = """
    SELECT relname, pg_relation_filenode(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
INDEXES = """
    SELECT indexrelid::regclass::text, indrelid::regclass::text
    FROM pg_index JOIN pg_class ON indrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
"""
REFERENCES = """
    SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'
"""
LOCKS = """
    SELECT relname, mode FROM pg_locks JOIN pg_class ON relation = pg_class.oid
    WHERE pid = pg_backend_pid() AND relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Column:
    """What an INSERT has to know of a column."""

    type: str
    not_null: bool
    has_default: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables as they are: columns by table and name, files by table, tables by index, and who refers to whom."""

    columns: Mapping[tuple[str, str], Column]
    files: Mapping[str, int]
    indexes: Mapping[str, str]
    references: Collection[tuple[str, str]]


def look() -> Schema:
    columns = {(table, name): Column(*rest) for table, name, *rest in _rows(COLUMNS)}
    return Schema(columns, dict(_rows(FILES)), dict(_rows(INDEXES)), set(_rows(REFERENCES)))


def locks() -> set[tuple[str, str]]:
    """The tables that this transaction has locked, and how."""
    return set(_rows(LOCKS)) - {("django_migrations", "RowExclusiveLock")}


def faults(
    before: Schema, after: Schema, held: Collection[tuple[str, str]], used: Collection[tuple[str, str]]
) -> list[str]:
    """Why a migration that changed one schema into the other, under these locks, may not run beside programs that use
    these columns; nothing where it may."""
    busy = before.files.keys()
    return [
        *_several_locks(before, after, held),
        *(
            f"{table}.{name} is NOT NULL without a database default, which older programs do not fill: "
            "give it a db_default, or let it be null"
            for (table, name), column in after.columns.items()
            if table in busy and (table, name) not in before.columns and column.not_null and not column.has_default
        ),
        *(
            f"{table}.{name} is gone or renamed while older programs use it: this release takes it out of the models "
            "alone (SeparateDatabaseAndState), the next one out of the database"
            for table, name in before.columns.keys() & set(used) - after.columns.keys()
        ),
        *_changed_columns(before, after),
        *(
            f"{table} is written anew while nobody may read it: a new column's default has to be a constant"
            for table in busy & after.files.keys()
            if before.files[table] != after.files[table]
        ),
        *(
            f"{index} is built while nobody may write to {table}: use backstop.migrating.AddIndexConcurrently"
            for index, table in after.indexes.items()
            if table in busy and index not in before.indexes
        ),
        *(
            f"rows of {table} are written: a sweep moves data, batch by batch"
            for table, mode in held
            if table in busy and mode == "RowExclusiveLock"
        ),
    ]


def _several_locks(before: Schema, after: Schema, held: Collection[tuple[str, str]]) -> list[str]:
    """A new table that refers to busy ones locks them last, for an instant, and gives way where it meets somebody."""
    referred = {there for here, there in after.references if here not in before.files}
    locked = {
        table
        for table, mode in held
        if table in before.files
        and mode in BLOCKING
        and not (mode == "ShareRowExclusiveLock" and table in referred and (table, BLOCKING[0]) not in held)
    }
    return [f"it locks {' and '.join(sorted(locked))}: one migration for each"] if len(locked) > 1 else []


def _changed_columns(before: Schema, after: Schema) -> list[str]:
    found = []
    for (table, name), now in after.columns.items():
        was = before.columns.get((table, name), now)
        if now.not_null and not was.not_null:
            found.append(f"{table}.{name} becomes NOT NULL while older programs may write NULL: in the next release")
        if not _holds_more(was.type, now.type):
            found.append(f"{table}.{name} changes its type under older programs: add another column beside it")
    return found


def _holds_more(was: str, now: str) -> bool:
    lengths = [re.fullmatch(r"character varying\((\d+)\)", each) for each in (was, now)]
    return was == now or (all(lengths) and int(lengths[0][1]) <= int(lengths[1][1]))  # type: ignore[index]


def _rows(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())
