"""Values as JSON documents: one way of writing each, so that it can be signed, and known when it comes again.

A dataclass becomes an object of its fields, a decimal a plain string, bytes hexadecimal, a time UTC in microseconds;
what has no agreed form is refused.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from backstop.values.amounts import to_text

CONTENT_VERSION = 1  # of how `content_of` writes: never changes what was written before

Omitting = Callable[[object, Field[Any]], bool]


def _nothing(value: object, field: Field[Any]) -> bool:
    return False


def plain(value: object, *, omitting: Omitting = _nothing) -> Any:
    """`value` in JSON's own words; `omitting` says of a dataclass and a field of it whether the field is left out.

    Raises TypeError for a float, or anything else that could be written in two ways.
    """
    if value is None or type(value) in (str, int, bool):  # most are: what else they might be is asked of the others
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [plain(one, omitting=omitting) for one in value]
    told = _fields_of(type(value))  # type: ignore[arg-type]
    if told is not None:
        said = [field for field in told if not omitting(value, field)]
        return {field.name: plain(getattr(value, field.name), omitting=omitting) for field in said}
    if isinstance(value, Mapping):
        return {str(name): plain(one, omitting=omitting) for name, one in value.items()}
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, UUID | StrEnum):
        return str(value)
    if isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no form in a document")


@cache
def _fields_of(kind: type) -> tuple[Field[Any], ...] | None:
    """Those of a dataclass; None for anything else."""
    return fields(kind) if is_dataclass(kind) else None


def time_text(moment: datetime) -> str:
    """An aware time in UTC with six decimals of its second: equal times are written equally."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(document: Any) -> bytes:
    """The bytes that stand for a document of plain values: names in order, no blanks, ASCII (as in RFC 8785, for
    documents without floats)."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def content_of(order: object) -> bytes:
    """What was sent, as the bytes that stand for it for ever: however its numbers are written, and whatever fields its
    kind gets later, as long as these have defaults. Equal where the content is, and only there."""
    return canonical([CONTENT_VERSION, plain(order, omitting=_is_at_default)])


def _is_at_default(value: object, field: Field[Any]) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return default is not MISSING and bool(getattr(value, field.name) == default)


def pointer_to(name: str) -> str:
    """The JSON pointer (RFC 6901) from an object to its member of this name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
