"""What the simulations' documents have in common: a scale, amounts of it, and lists of things with ids.

Whatever may have decimals is a string: a program that writes it as a JSON number has had it as a float.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol, TypeVar

from auctions.offline.inputs import Node
from backstop.values.amounts import STORED_SCALE, AmountRefused, require_scale


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=Named)


def scale_of(node: Node) -> int:
    """How many decimals amounts have, 0 to 18."""
    scale = node.whole()
    if not 0 <= scale <= STORED_SCALE:
        raise node.refuse(f"must be from 0 to {STORED_SCALE}")
    return scale


def amount_of(node: Node, scale: int) -> Decimal:
    """An amount that is not negative, with at most `scale` decimals."""
    try:
        return require_scale(not_negative_of(node), scale, "it")
    except AmountRefused as refused:
        raise node.refuse(refused.problem) from None


def decimal_of(node: Node) -> Decimal:
    """A decimal, written as a string."""
    return _as_string(node).decimal()


def not_negative_of(node: Node) -> Decimal:
    """A decimal of zero or more."""
    return _as_string(node).not_negative()


def positive_of(node: Node) -> Decimal:
    """A decimal above zero."""
    number = decimal_of(node)
    if number <= 0:
        raise node.refuse("must be above 0")
    return number


def by_id(node: Node, read: Callable[[Node], Item]) -> list[Item]:
    """The items of a list, in its order, of which no two have the same id."""
    items: dict[str, Item] = {}
    for each in node.items():
        item = read(each)
        if item.id in items:
            raise each.child("id").refuse(f"{item.id} is given twice")
        items[item.id] = item
    return [*items.values()]


def _as_string(node: Node) -> Node:
    if isinstance(node.value, int | Decimal) and not isinstance(node.value, bool):
        raise node.refuse('must be a decimal string, such as "12.5", not a JSON number')
    return node
