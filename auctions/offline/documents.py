"""Reading back what was published: a document of backstop.values.documents as the dataclass that it was written from.

The dataclass alone says which fields there are and of what kind; every refusal names the place by its JSON pointer.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from auctions.offline.inputs import Node

Document = TypeVar("Document")

_HEXADECIMAL = re.compile(r"([0-9a-f]{2})*", re.ASCII)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def read_document(kind: type[Document], node: Node) -> Document:
    """The value as an instance of the dataclass `kind`: exactly its fields. Raises `InputRefused`."""
    hints = get_type_hints(kind)
    optional = {name for name, hint in hints.items() if types.NoneType in get_args(hint)}
    fields = node.fields(hints.keys() - optional, optional)
    return kind(**{name: _read(hint, fields[name]) if name in fields else None for name, hint in hints.items()})


def _read(hint: Any, node: Node) -> Any:
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(one for one in get_args(hint) if one is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in node.items())
    if get_origin(hint) is Mapping:
        return {name: _read(get_args(hint)[1], item) for name, item in node.members().items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return read_document(hint, node)
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


_READERS = {
    int: Node.whole,
    bool: Node.flag,
    Decimal: Node.decimal,
    str: _string,
    bytes: _bytes,
    UUID: _uuid,
}
