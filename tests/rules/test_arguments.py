"""What waits for a second person is carried out with the very arguments that it was asked with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, get_args, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auctions.api.urls  # noqa: F401  imports every operation that has an address
from accounts.desks.approvals import BY_TWO
from backstop.models.base import Row
from backstop.values.arguments import FieldsOf, read_for, written_for
from backstop.values.frozen import frozen

ID = UUID(int=7)
NOON = datetime(2026, 3, 1, 12, 0, 0, 5, UTC)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda each: st.lists(each, max_size=2) | st.dictionaries(texts, each, max_size=2),
    max_leaves=4,
)


class Side(StrEnum):
    LONG = "LONG"


@dataclass(frozen=True, slots=True)
class Line:
    side: Side
    quantity: Decimal
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    lines: tuple[Line, ...]
    name: str = ""


def an_operation(
    *,
    venue_id: UUID,
    order: Order,
    orders: Sequence[Order] = (),
    changes: Annotated[Mapping[str, Any], FieldsOf(Line)],
    parameters: Mapping[str, Any],
    level: int,
    stands: bool = False,
) -> None: ...


WHOLE = {
    "venue_id": ID,
    "order": Order((Line(Side.LONG, Decimal("1.50"), NOON), Line(Side.LONG, Decimal("1E+3")))),
    "orders": (Order((), "a"),),
    "changes": {"quantity": Decimal(3), "since": None},
    "parameters": {"a": ["1", 2, {"b": None}], "c": True},
    "level": 3,
    "stands": True,
}


def again(function: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As they come back out of the database."""
    return read_for(function, frozen(json.loads(json.dumps(written_for(function, arguments)))))


def of_hint(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as an operation says it, whatever they mean."""
    if hasattr(hint, "by_id"):
        return st.uuids().map(lambda row_id: hint(id=row_id))
    match hint:
        case _ if FieldsOf in map(type, getattr(hint, "__metadata__", ())):
            (said,) = hint.__metadata__
            return st.fixed_dictionaries({}, optional=of_fields(said.kind))
        case _ if hint == Mapping[str, Any]:
            return st.dictionaries(texts, JSON, max_size=3)
        case UnionType():
            return st.one_of(*map(of_hint, get_args(hint)))
    return st.from_type(hint)


def of_fields(kind: type) -> dict[str, st.SearchStrategy[Any]]:
    hints = get_type_hints(kind)
    return {field.name: of_hint(hints[field.name]) for field in fields(kind)}


st.register_type_strategy(Decimal, st.decimals(-(10**15), 10**15, places=9))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(str, texts)


@pytest.mark.parametrize("name", sorted(BY_TWO))
def test_every_operation_is_carried_out_with_what_it_was_asked_with(name, monkeypatch) -> None:
    monkeypatch.setattr(Row, "by_id", classmethod(lambda kind, row_id: kind(id=row_id)))
    function = BY_TWO[name]
    hints = {each: hint for each, hint in get_type_hints(function, include_extras=True).items() if each != "return"}

    @settings(max_examples=15)
    @given(st.fixed_dictionaries({each: of_hint(hint) for each, hint in hints.items()}))
    def comes_back(arguments: dict[str, Any]) -> None:
        read = again(function, arguments)
        assert frozen(read) == frozen(arguments)
        assert {each: type(frozen(read[each])) for each in hints} == {
            each: type(frozen(arguments[each])) for each in hints
        }

    comes_back()


def test_the_operations_are_there_to_be_tried() -> None:
    assert {"fund_venue", "confirm_settlement"} <= BY_TWO.keys()


def test_dataclasses_and_sequences_of_them_come_back_as_they_were() -> None:
    assert again(an_operation, WHOLE) == {**WHOLE, "parameters": {"a": ("1", 2, {"b": None}), "c": True}}


@pytest.mark.parametrize(
    "changes",
    [
        {"venue_id": str(ID)},
        {"level": True},
        {"level": "3"},
        {"stands": 1},
        {"order": Line(Side.LONG, Decimal(1))},
        {"orders": Order(())},
        {"changes": {"quantity": "3"}},
        {"changes": {"colour": None}},
        {"parameters": {"a": Decimal(1)}},
        {"parameters": {"a": 1.5}},
        {"venue_id": None},
        {"more": 1},
    ],
)
def test_what_would_come_back_as_something_else_is_not_written(changes) -> None:
    with pytest.raises((TypeError, ValueError)):
        written_for(an_operation, {**WHOLE, **changes})


def test_what_is_missing_is_found_before_it_is_asked_for() -> None:
    with pytest.raises(TypeError, match="venue_id"):
        written_for(an_operation, {name: value for name, value in WHOLE.items() if name != "venue_id"})
