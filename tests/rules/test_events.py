"""What an event is."""

from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from backstop.events import ProviderEvent, VenueEvent, Visibility, catalogue

WHOSE = {"venue_id": UUID(int=1), "subject_id": UUID(int=2)}


class Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(VenueEvent):
    """A lamp was lit."""

    value: Any
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LampSold(ProviderEvent):
    """A lamp was sold."""


def test_the_kind_is_the_name_of_the_class() -> None:
    assert (LampLit.KIND, LampLit.VISIBILITY) == ("lamp_lit", Visibility.VENUE)
    assert (LampSold.KIND, LampSold.VISIBILITY) == ("lamp_sold", Visibility.PROVIDER)


def test_a_catalogue_has_the_kinds_of_its_own_module() -> None:
    assert catalogue(globals()) == {"lamp_lit": LampLit, "lamp_sold": LampSold}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("text", "text"),
        (Colour.RED, "RED"),
        (Decimal("1E+3"), "1000"),
        (UUID(int=3), "00000000-0000-0000-0000-000000000003"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        ((Decimal("0.10"), ("a",)), ["0.1", ["a"]]),
    ],
)
def test_a_value_is_written_in_one_way(value: object, written: object) -> None:
    assert LampLit(**WHOSE, value=value).payload == {"value": written}


@pytest.mark.parametrize("value", [1.5, b"bytes", [1], {"a": 1}, {1}, object(), datetime(2026, 1, 2), (1.5,)])  # noqa: DTZ001
def test_what_cannot_be_written_is_refused_where_the_event_is_made(value: object) -> None:
    with pytest.raises(TypeError, match="an event cannot hold"):
        LampLit(**WHOSE, value=value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_number_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        LampLit(**WHOSE, value=value)


def test_what_a_kind_does_not_declare_it_refuses_and_what_it_declares_it_demands() -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        LampLit(**WHOSE, value=1, colour="red")
    with pytest.raises(TypeError, match="missing"):
        LampLit(**WHOSE)
    with pytest.raises(TypeError, match="positional"):
        LampSold(UUID(int=1), UUID(int=2), None)
    with pytest.raises(TypeError, match="provider_id"):
        LampSold(**WHOSE)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        LampLit(**WHOSE, value=1).value = 2


def test_a_default_is_not_said() -> None:
    until = datetime(2026, 1, 2, tzinfo=UTC)
    assert LampLit(**WHOSE, value=None, until=None).payload == {"value": None}
    assert LampLit(**WHOSE, value=None, until=until).payload == {"value": None, "until": until.isoformat()}
