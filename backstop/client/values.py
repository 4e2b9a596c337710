"""Decimals and times: text in JSON, values in Python. Nothing is a float, which would not be exact."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

Reader = Callable[[Any], Any]


def read_as(kind: Any, answered: Any) -> Any:
    """What was answered in JSON, with the values that this kind has. What the kind does not know stays as it is."""
    return _reader_of(kind)(answered)


def sayable(value: Any) -> Any:
    """The value as JSON has it. Raises TypeError for a float."""
    match value:
        case float():
            raise TypeError(f"{value!r} is not exact: send a Decimal, or text")
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {name: sayable(each) for name, each in value.items()}
        case Sequence() if not isinstance(value, str):
            return [sayable(each) for each in value]
    return value


@cache
def _reader_of(kind: Any) -> Reader:
    if kind is Decimal:
        return Decimal
    if kind is datetime:
        return datetime.fromisoformat
    if is_typeddict(kind):
        return _reader_of_members({name: _reader_of(hint) for name, hint in get_type_hints(kind).items()})
    origin, parts = get_origin(kind), get_args(kind)
    if origin is list:
        return lambda answered: [read_as(parts[0], each) for each in answered]
    if origin is dict:
        return lambda answered: {name: read_as(parts[1], each) for name, each in answered.items()}
    if origin is UnionType and NoneType in parts:
        (some,) = (part for part in parts if part is not NoneType)
        return lambda answered: None if answered is None else read_as(some, answered)
    return lambda answered: answered


def _reader_of_members(readers: Mapping[str, Reader]) -> Reader:
    def read(answered: Mapping[str, Any]) -> dict[str, Any]:
        return {name: readers[name](each) if name in readers else each for name, each in answered.items()}

    return read
