"""What an operation is to be given, written down as JSON until it is carried out, and read as its signature says."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Protocol, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from backstop.values.documents import plain
from backstop.values.frozen import frozen

_FROM_TEXT: Final[Mapping[Any, Callable[[str], Any]]] = {
    Decimal: Decimal,
    UUID: UUID,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """Says of a mapping, as its annotation, that it holds some of the fields of this dataclass by name."""

    kind: type


class Kept(Protocol):
    """A row: it is written as its id, and read as it is by then."""

    id: UUID

    @classmethod
    def by_id(cls, row_id: UUID) -> Any:
        """The row of this id."""


def written_for(function: Callable[..., object], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of this function in JSON's own words.

    Raises TypeError or ValueError for what would not be read again as the same, of the types that it says.
    """
    said = {name: plain(frozen(_id_of(value))) for name, value in sorted(arguments.items())}
    if frozen(read_for(function, said)) != frozen(arguments):
        raise TypeError(f"{function.__name__} takes plain values, of its own types: {sorted(arguments)}")
    return said


def read_for(function: Callable[..., object], said: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of this function, of the types that it says; arrays as tuples.

    Raises TypeError or ValueError where it takes others.
    """
    inspect.signature(function).bind(**said)
    return _fields(get_type_hints(function, include_extras=True), said)


def _id_of(value: Any) -> Any:
    return value.id if hasattr(type(value), "by_id") else value


def _fields(hints: Mapping[str, Any], said: Any) -> dict[str, Any]:
    _require(said, Mapping)
    if unknown := said.keys() - hints.keys():
        raise TypeError(f"there is no {', '.join(sorted(unknown))}")
    return {name: _read(hints[name], value) for name, value in said.items()}


def _read(hint: Any, value: Any) -> Any:
    kind, of = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        (other,) = (each for each in of if each is not NoneType)
        return None if value is None else _read(other, value)
    if kind is Annotated:
        return _fields(get_type_hints(of[1].kind), value)
    if kind is Any:
        return value
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**_fields(get_type_hints(kind), value))
    if kind is Mapping:
        return {name: _read(of[1], each) for name, each in _require(value, Mapping).items()}
    if kind in (tuple, Sequence):
        return tuple(_read(of[0], each) for each in _require(value, list, tuple))
    if kind in _FROM_TEXT:
        return _FROM_TEXT[kind](_require(value, str))
    if hasattr(kind, "by_id"):
        return kind.by_id(UUID(_require(value, str)))
    if issubclass(kind, Enum):
        return kind(value)
    return value if type(value) is kind else _require(value, kind)


def _require(value: Any, *kinds: Any) -> Any:
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no {' or '.join(kind.__name__ for kind in kinds)}")
    return value
