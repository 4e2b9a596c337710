"""Documents changed in one place."""

import copy
from collections.abc import Iterator
from typing import Any


def changed(document: Any, *path: Any, to: Any) -> Any:
    document = copy.deepcopy(document)
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = to
    return document


def leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value that holds no other, with the way to it."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for name, value in members:
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def other(name: Any, value: Any) -> Any:
    """A value of the same kind that is not this one, for the field of this name."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        times = {"expires_at": "2027-03-01T00:00:00.000000Z"}
        return {"inverse_edge_bps": "1", "not_counted": "VOID", **times}.get(name, "00")
    words = {"UNIFORM": "VICKREY", "LAST_ACCEPTED": "FIRST_REJECTED", "PRO_RATA": "SEQUENCE", "AWARDED": "UNFILLED"}
    words |= {"CANCELLED": "VOID", "EXCLUDED": "EXHAUSTED"}
    if value in words:
        return words[value]
    if value.endswith("Z"):  # a time: its last digit stands before that
        return other(name, value[:-1]) + "Z"
    last = "1" if value.endswith("0") else "0"
    return value[:-1] + last


def without(document: Any, *path: Any) -> Any:
    """The document with nothing at this path."""
    document = copy.deepcopy(document)
    *way, last = path
    inner = document
    for step in way:
        inner = inner[step]
    del inner[last]
    return document
