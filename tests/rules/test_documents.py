"""Values as documents."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from backstop.values.documents import canonical, plain, time_text


class Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True)
class Inner:
    amount: Decimal


@dataclass(frozen=True)
class Outer:
    inner: tuple[Inner, ...]
    key: bytes
    names: dict[str, Decimal]
    colour: Colour | None


def test_every_value_has_one_plain_form() -> None:
    outer = Outer((Inner(Decimal("1.50")), Inner(Decimal("-0"))), b"\0\xff", {"a": Decimal(100)}, Colour.RED)
    assert plain(outer) == {
        "inner": [{"amount": "1.5"}, {"amount": "0"}],
        "key": "00ff",
        "names": {"a": "100"},
        "colour": "RED",
    }
    assert plain((UUID(int=1), None, True, 7, "text")) == [
        "00000000-0000-0000-0000-000000000001",
        None,
        True,
        7,
        "text",
    ]


@pytest.mark.parametrize("value", [1.5, {1, 2}, [1], object(), Outer])
def test_what_has_no_agreed_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no form in a document"):
        plain(value)


def test_the_order_of_names_does_not_matter_to_what_is_signed() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == canonical({"a": None, "b": [1, "é"]})
    assert canonical({"b": [1, "é"], "a": None}) == b'{"a":null,"b":[1,"\\u00e9"]}'
    assert canonical([1, 2]) != canonical([2, 1])


def test_a_time_is_written_with_all_its_digits() -> None:
    assert time_text(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00.000000Z"
    east = timezone(timedelta(hours=2))
    assert time_text(datetime(2026, 3, 1, 1, 0, 0, 7, east)) == "2026-02-28T23:00:00.000007Z"
