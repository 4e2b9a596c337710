"""Reading back what was published: a document of backstop.values.documents as the dataclass that it was written from.

The dataclass alone says which fields there are and of what kind; every refusal names the place by its JSON pointer.
"""

import re
import types
from collections.abc import Collection, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from auctions.offline.inputs import Node
from backstop.values.frozen import frozen

Document = TypeVar("Document")

Absent = Mapping[type, Collection[str]]

_hints_of = cache(get_type_hints)  # most of what reading costs, otherwise

_HEXADECIMAL = re.compile(r"([0-9a-f]{2})*", re.ASCII)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def read_document(kind: type[Document], node: Node, absent: Absent = types.MappingProxyType({})) -> Document:
    """The value as an instance of the dataclass `kind`: exactly its fields, without those that are `absent` by their
    dataclass, which are at their defaults. Raises `InputRefused`."""
    return kind(**_values(kind, node, absent))


def _values(kind: Any, node: Node, absent: Absent) -> dict[str, Any]:
    hints = {name: hint for name, hint in _hints_of(kind).items() if name not in absent.get(kind, ())}
    nullable = {name for name, hint in hints.items() if types.NoneType in get_args(hint)}
    fields = node.fields(hints.keys() - nullable, nullable)
    for name in sorted(nullable - node.members().keys()):
        raise node.child(name).refuse("is missing")
    return {name: _read(hint, fields[name], absent) if name in fields else None for name, hint in hints.items()}


def _read(hint: Any, node: Node, absent: Absent) -> Any:
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(one for one in get_args(hint) if one is not types.NoneType)
    if hint is Any:
        return frozen(node.value)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item, absent) for item in node.items())
    if get_origin(hint) is Mapping:
        return {name: _read(get_args(hint)[1], item, absent) for name, item in node.members().items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return read_document(hint, node, absent)
    if issubclass(hint, StrEnum):
        return node.choice(hint)
    return _READERS[hint](node)


def _string(node: Node) -> str:
    if not isinstance(node.value, str):
        raise node.refuse("must be a string")
    return node.value


def _bytes(node: Node) -> bytes:
    if not _HEXADECIMAL.fullmatch(_string(node)):
        raise node.refuse("must be written in hexadecimal")
    return bytes.fromhex(node.value)


def _uuid(node: Node) -> UUID:
    if not _UUID.fullmatch(_string(node)):
        raise node.refuse("must be a UUID")
    return UUID(node.value)


def _time(node: Node) -> datetime:
    try:
        if _TIME.fullmatch(_string(node)):
            return datetime.fromisoformat(node.value)
    except ValueError:
        pass
    raise node.refuse("must be a time in UTC with microseconds")


_READERS = {
    int: Node.whole,
    bool: Node.flag,
    Decimal: Node.decimal,
    str: _string,
    bytes: _bytes,
    UUID: _uuid,
    datetime: _time,
}
