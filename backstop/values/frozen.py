"""JSON that cannot be changed in place: whoever holds it may pass it on, and nothing happens to it unnoticed."""

from collections.abc import Mapping
from typing import Any, Never, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A mapping that refuses changes; a dict to whoever reads, compares or serialises it."""

    def _refuse(self, *_: Any, **__: Any) -> Never:
        raise TypeError("this mapping is read-only: make a new one")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type["FrozenDict[K, V]"], tuple[dict[K, V]]]:
        """Copied and pickled as a whole, where a dict would be filled item by item."""
        return type(self), (dict(self),)


def frozen(value: Any) -> Any:
    """The same JSON with tuples for its arrays and read-only mappings for its objects, all the way down."""
    if isinstance(value, Mapping):
        return FrozenDict({key: frozen(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return value
