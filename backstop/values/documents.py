"""Values as JSON documents that are published: one way of writing each, so that what is written can be signed.

Called by receipts and transcripts. A dataclass becomes an object of its fields, a decimal a plain string, bytes
hexadecimal; what has no agreed form is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from backstop.values.amounts import to_text


def plain(value: object) -> Any:
    """`value` in JSON's own words. Raises TypeError for a float, or anything else that could be written in two ways."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID | StrEnum):
        return str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no form in a document")


def canonical(document: Any) -> bytes:
    """The bytes that stand for a document of plain values: names in order, no blanks, ASCII (as in RFC 8785, for
    documents without floats)."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def pointer_to(name: str) -> str:
    """The JSON pointer from an object to its member of this name, in one line of ASCII."""
    return "/" + json.dumps(name.replace("~", "~0").replace("/", "~1"))[1:-1]
