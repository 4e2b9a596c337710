"""What an operation is to be given, written down as JSON until it is carried out, and read as its signature says."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from backstop.values.documents import plain


def written(arguments: Mapping[str, object]) -> dict[str, Any]:
    """The arguments in JSON's own words. Raises TypeError for a value that has none."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else plain(value)
        for name, value in sorted(arguments.items())
    }


def read_for(function: Callable[..., object], said: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of this function, of the types that it says. Raises TypeError where it takes others."""
    hints = get_type_hints(function)
    if unknown := said.keys() - hints.keys():
        raise TypeError(f"{function.__name__} takes no {', '.join(sorted(unknown))}")
    return {name: _read(hints[name], value) for name, value in said.items()}


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if NoneType in get_args(hint):
        (hint,) = (choice for choice in get_args(hint) if choice is not NoneType)
    wanted = get_origin(hint) or hint
    if wanted is datetime:
        return datetime.fromisoformat(value)
    return value if isinstance(value, wanted) else wanted(value)
