"""What an event is: the base of every kind, and who may see it.

A kind is a frozen dataclass in the catalogue of an app (its `events.py`); its docstring is its documentation. What it
does not declare it refuses, and so it does values that cannot be written in one way only.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from backstop.values.amounts import to_text


class Visibility(StrEnum):
    """Who may see an event, besides the people of the house."""

    VENUE = "VENUE"  # the venue alone
    OWN = "OWN"  # the provider that it concerns, and not its venue
    PROVIDER = "PROVIDER"  # the provider that it concerns, and the venue
    EVERYBODY = "EVERYBODY"  # the venue and all its providers
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened at a venue to the row `subject_id`.

    Its other fields are its payload: text, whole numbers, truth values, Decimals, ids, times, None, and tuples of them.
    A field with a default is left out of the payload while it has it. `KIND` is the class's name in snake case.
    """

    KIND: ClassVar[str]
    VISIBILITY: ClassVar[Visibility]

    venue_id: UUID
    subject_id: UUID

    def __init_subclass__(cls) -> None:
        cls.KIND = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __post_init__(self) -> None:
        # Refused where it is made, not where it is written: there nobody would know any more who made it.
        _ = self.payload

    @property
    def payload(self) -> dict[str, Any]:
        """What it says, in JSON's own words. Raises TypeError for a value that has none."""
        said = ((each, getattr(self, each.name)) for each in fields(self) if each.name not in _ENVELOPE)
        return {each.name: _plain(value) for each, value in said if each.default is MISSING or value != each.default}


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueEvent(DomainEvent):
    """For the venue alone."""

    VISIBILITY = Visibility.VENUE


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent(DomainEvent):
    """For the provider that it concerns alone: a venue, who may have providers of its own, is not told of it."""

    VISIBILITY = Visibility.OWN

    provider_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent(DomainEvent):
    """For the provider that it concerns and the venue; with None for the venue alone."""

    VISIBILITY = Visibility.PROVIDER

    provider_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvent(DomainEvent):
    """For the venue and all its providers."""

    VISIBILITY = Visibility.EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalEvent(DomainEvent):
    """For nobody outside the house."""

    VISIBILITY = Visibility.NOBODY


_ENVELOPE = frozenset({"venue_id", "subject_id", "provider_id"})


def catalogue(module: Mapping[str, Any]) -> Mapping[str, type[DomainEvent]]:
    """The kinds that a module declares, by name; it is given as its `globals()`. What several share is private."""
    public = (each for name, each in module.items() if not name.startswith("_"))
    declared = (each for each in public if isinstance(each, type) and issubclass(each, DomainEvent))
    return MappingProxyType({each.KIND: each for each in declared if each.__module__ == module["__name__"]})


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    raise TypeError(f"an event cannot hold {value!r}")
