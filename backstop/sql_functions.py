"""Database functions, each under a name of its own text, so that programs of two releases find the one of theirs.

A file `sql/<name>.sql` of an app creates one function, which it calls `{name}`; the function of another file it calls
`{<name>}`. What is edited, or calls what is, is another function: nothing that runs is ever replaced.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps

PLACEHOLDER = "{name}"

HASH_DIGITS = 8

HOUSE = Path(__file__).resolve().parent.parent

_OTHER = re.compile(r"\{(?!name\})([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class DatabaseFunction:
    """One release of a function: what all of them are called, what this one is called, and the SQL that creates it."""

    stem: str
    name: str
    definition: str


def read_function(path: Path) -> DatabaseFunction:
    """The function of this file: its name is the file's, and eight digits of its text's SHA-256."""
    text = _OTHER.sub(_name_of_other, path.read_text(encoding="utf-8"))
    name = f"{path.stem}_{hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]}"
    return DatabaseFunction(path.stem, name, text.replace(PLACEHOLDER, name))


def array_of(values: Iterable[Any]) -> str:
    """An array as PostgreSQL reads it, of whatever it is cast to: texts, numbers, ids, bytes, or nothing.

    To find out of each list which type it is of takes psycopg longer than all else that it does for a call.
    """
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return rf'"\\x{value.hex()}"'
    if isinstance(value, str):  # what is no text has nothing in it that has to be escaped
        return '"{}"'.format(value.replace("\\", r"\\").replace('"', r"\""))
    return f'"{value}"'


def _name_of_other(called: re.Match[str]) -> str:
    (path,) = HOUSE.glob(f"*/sql/{called[1]}.sql")
    return read_function(path).name


def list_functions() -> list[DatabaseFunction]:
    """All functions that the programs of this release call."""
    folders = [Path(app.path) / "sql" for app in apps.get_app_configs()]
    return [read_function(path) for folder in folders for path in sorted(folder.glob("*.sql"))]
