"""What is told of each kind of event, as JSON Schema: read off the catalogue."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from inspect import cleandoc
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from backstop.events import DomainEvent

_FORMS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "string", "format": "decimal"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
}
_ID = _FORMS[UUID]
_ID_OR_NULL = {**_ID, "type": ["string", "null"]}
# Whom and what it concerns stands beside what it says.
_ABOUT = ("venue_id", "subject_id", "provider_id")


def schema_of(kind: type[DomainEvent]) -> dict[str, Any]:
    """The object that tells of an event of this kind: `type`, `timestamp` and `data`."""
    said = dict(_said_by(kind))
    needed = [each.name for each in fields(kind) if each.name in said and each.default is MISSING]
    data = {
        "type": "object",
        "properties": {"subject_id": _ID, "provider_id": _ID_OR_NULL, **said},
        "required": ["subject_id", "provider_id", *needed],
    }
    return {
        "type": "object",
        "title": kind.__name__,
        "description": cleandoc(kind.__doc__ or ""),
        "properties": {"type": {"const": kind.KIND}, "timestamp": _FORMS[datetime], "data": data},
        "required": ["type", "timestamp", "data"],
    }


def _said_by(kind: type[DomainEvent]) -> Iterator[tuple[str, dict[str, Any]]]:
    hints = get_type_hints(kind)
    for each in fields(kind):
        if each.name not in _ABOUT:
            yield each.name, _form_of(hints[each.name])


def _form_of(hint: Any) -> dict[str, Any]:
    if hint in _FORMS:
        return _FORMS[hint]
    first, *others = get_args(hint)
    if others == [...]:
        return {"type": "array", "items": _FORMS[first]}
    assert others == [NoneType], f"nobody knows how {hint} is told"
    return {**_FORMS[first], "type": [_FORMS[first]["type"], "null"]}
