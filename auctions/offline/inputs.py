"""Strict reading of a calculator's JSON input: every refusal names the place by its JSON pointer.

Numbers are read exactly, as `Decimal` or `int`, never as floats; unknown and repeated fields, NaN and infinities are
refused.
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from backstop.values.amounts import AmountRefused, from_json
from backstop.values.documents import pointer_to

Choice = TypeVar("Choice", bound=StrEnum)

Value = TypeVar("Value")


class InputRefused(ValueError):
    """What cannot be read: the pointer to it (empty for the whole document), in ASCII, and what is wrong."""

    def __init__(self, pointer: str, problem: str) -> None:
        self.pointer = pointer
        self.faults: Sequence[InputRefused] = (self,)
        super().__init__(f"{json.dumps(pointer)[1:-1] or 'input'}: {problem}")


class InputsRefused(InputRefused):
    """Several that cannot be read, as `faults`; whoever tells of one alone tells of the first."""

    def __init__(self, faults: Sequence[InputRefused]) -> None:
        ValueError.__init__(self, str(faults[0]))
        self.pointer = faults[0].pointer
        self.faults = faults


def all_of(reads: Iterable[Callable[[], Value]]) -> list[Value]:
    """What each of these reads. Raises `InputsRefused` with the faults of all of them."""
    values: list[Value] = []
    faults: list[InputRefused] = []
    for read_one in reads:
        try:
            values.append(read_one())
        except InputRefused as refused:
            faults += refused.faults
    if faults:
        raise InputsRefused(faults)
    return values


class Members(dict[str, Any]):
    """An object that remembers the first field given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.repeated = next((name for index, name in enumerate(names) if name in names[:index]), None)


class Fields(dict[str, "Node"]):
    """The fields of an object that are not null, by name."""

    def get_or(self, name: str, how: "Callable[[Node], Value]", default: Value) -> Value:
        """The field read by `how`, a method of `Node`; `default` where it is absent or null."""
        return how(self[name]) if name in self else default


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document and where it stands."""

    value: Any
    pointer: str = ""

    def refuse(self, problem: str) -> InputRefused:
        """The refusal of this value, to be raised."""
        return InputRefused(self.pointer, problem)

    def fields(self, required: set[str], optional: set[str]) -> Fields:
        """The fields of an object, without those that are null: all required ones, and no unknown one."""
        nodes = self.members()
        for name, node in nodes.items():
            if name not in required | optional:
                raise node.refuse("is not a known field")
        for name in sorted(required):
            if self.value.get(name) is None:
                raise self.child(name).refuse("is missing")
        return Fields({name: node for name, node in nodes.items() if node.value is not None})

    def members(self) -> dict[str, "Node"]:
        """The members of an object, whatever their names."""
        if not isinstance(self.value, Members):
            raise self.refuse("must be an object")
        if self.value.repeated is not None:
            raise self.child(self.value.repeated).refuse("is given twice")
        return {name: self.child(name) for name in self.value}

    def items(self) -> list["Node"]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.refuse("must be a list")
        return [Node(item, f"{self.pointer}/{index}") for index, item in enumerate(self.value)]

    def unwrapped(self, name: str) -> "Node":
        """The field `name` where the value is an object that has it; the value itself otherwise."""
        return self.child(name) if isinstance(self.value, Members) and name in self.value else self

    def without(self, name: str) -> "Node":
        """The object without the field `name`, which it may lack; any other value as it is."""
        if not isinstance(self.value, Members) or self.value.repeated is not None:
            return self
        return Node(Members([pair for pair in self.value.items() if pair[0] != name]), self.pointer)

    def text(self) -> str:
        """A string that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refuse("must be a string that is not empty")
        return self.value

    def whole(self) -> int:
        """A whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refuse("must be a whole number")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refuse("must be true or false")
        return self.value

    def decimal(self) -> Decimal:
        """A decimal, written as a number or as a plain string, with up to 30 digits on each side of the point."""
        try:
            return from_json(self.value, "it")
        except AmountRefused as refused:
            raise self.refuse(refused.problem) from None

    def not_negative(self) -> Decimal:
        """A decimal of zero or more."""
        number = self.decimal()
        if number < 0:
            raise self.refuse("must not be negative")
        return number

    def choice(self, choices: type[Choice]) -> Choice:
        """One of the words of `choices`."""
        if self.value not in list(choices):
            raise self.refuse(f"must be one of {', '.join(choices)}")
        return choices(self.value)

    def child(self, name: str) -> "Node":
        """The member of an object of this name; of null where there is none."""
        return Node(self.value.get(name), self.pointer + pointer_to(name))


def read(source: str) -> Node:
    """The document in the file `source`, or on standard input where that is `-`; raises `InputRefused`."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused("", f"cannot be read: {error}") from None
    return parse(text)


def parse(text: str) -> Node:
    """The document written in `text`."""
    try:
        return Node(json.loads(text, parse_float=Decimal, parse_constant=_not_a_number, object_pairs_hook=Members))
    except (ValueError, RecursionError) as error:
        raise InputRefused("", f"is not JSON: {error}") from None


def _not_a_number(constant: str) -> Callable[[], None]:
    raise ValueError(f"{constant} is not a number")
