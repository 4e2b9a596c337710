"""The catalogues of events: complete, documented, and the only place where kinds are named."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from auctions.events import CATALOGUE
from backstop.delivery.catalogue import kinds
from backstop.delivery.describing import schema_of
from backstop.events import DomainEvent, InternalEvent, OwnEvent, ProviderEvent, PublicEvent, VenueEvent, Visibility
from tests.layout.bans import modules

ENVELOPE = {"venue_id", "subject_id", "provider_id"}
EXAMPLES: dict[object, Any] = {
    str: "a word",
    bool: True,
    int: 7,
    Decimal: Decimal("0.1250"),
    UUID: UUID(int=5),
    datetime: datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    tuple[str, ...]: ("one", "two"),
    tuple[UUID, ...]: (UUID(int=6), UUID(int=7)),
    NoneType: None,
}
READ: dict[object, Any] = {
    Decimal: Decimal,
    UUID: UUID,
    datetime: datetime.fromisoformat,
    tuple[str, ...]: tuple,
    tuple[UUID, ...]: lambda ids: tuple(map(UUID, ids)),
}
# What is never a drill's, and why.
NEVER_OF_A_DRILL = {
    "a provider's switch": {"cancel_switch_armed", "cancel_switch_ended", "cancel_switch_tripped"},
    "a drill waits for nobody's word": {"award_confirmed", "settlement_rejected", "settlement_expired"},
    "nothing of a drill fails": {
        *("fault_found", "fault_counted", "fault_contested", "fault_upheld", "fault_dismissed"),
        *("estate_made_whole", "venue_fault_paid"),
    },
    "the fund takes over nothing of a drill": {"inventory_moved"},
    "a drill itself": {"drill_opened", "drill_ended", "drill_joined", "drill_recorded"},
    "the venue's own": {"playbook_added", "cap_set", "breaker_tripped", "breaker_reset", "regime_changed"},
    "who watches the board": {
        *("alert_rule_added", "alert_rule_retired", "alert_raised", "alert_acknowledged", "alert_ended"),
    },
    "drills move no edge": {"continuation_moved"},
    "drills are no service": {"fee_schedule_set", "service_paid"},
    "for nobody outside of the house": {"row_parked"},
}
# Also reasons of an empty capacity, and a line of the log; codes of refusals have a list of their own.
HOMONYMS = {"provider_suspended", "commitment_suspended", "row_parked"}


def choices_of(kind: type[DomainEvent]) -> dict[str, tuple[Any, ...]]:
    """The types that each field may have, None among them."""
    hints = get_type_hints(kind)
    return {
        each.name: tuple(choice for choice in get_args(hints[each.name]) if choice is not ...)
        if NoneType in get_args(hints[each.name])
        else (hints[each.name],)
        for each in fields(kind)
    }


def examples_of(kind: type[DomainEvent]) -> Iterator[tuple[DomainEvent, dict[str, Any]]]:
    """An event with every field said, and one with None wherever that is possible; each with its fields' types."""
    for place in (0, -1):
        types = {name: choices[place] for name, choices in choices_of(kind).items()}
        yield kind(**{name: EXAMPLES[one] for name, one in types.items()}), types


def mentioned() -> set[str]:
    """All names of events that the house's modules use, but for the catalogues themselves."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for path, source in modules()
        if not path.endswith("/events.py")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name | ast.Attribute)
    }


@pytest.mark.parametrize("name", kinds())
def test_every_kind_has_a_meaning_and_says_who_may_see_it(name: str) -> None:
    kind = kinds()[name]
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}("), "what a dataclass writes for itself explains nothing"
    assert (
        sum(issubclass(kind, base) for base in (VenueEvent, OwnEvent, ProviderEvent, PublicEvent, InternalEvent)) == 1
    )
    assert kind.VISIBILITY in Visibility
    assert name == kind.KIND
    assert len(name) <= 64


@pytest.mark.parametrize("name", kinds())
def test_what_an_event_says_can_be_read_back_from_json(name: str) -> None:
    for event, types in examples_of(kinds()[name]):
        payload = json.loads(json.dumps(event.payload))
        assert payload == event.payload
        assert not payload.keys() & ENVELOPE
        said = {key: READ.get(types[key], lambda value: value)(value) for key, value in payload.items() if value}
        unsaid = {key: None for key, one in types.items() if one is NoneType}
        assert said | unsaid | {key: getattr(event, key) for key in ENVELOPE & types.keys()} == {
            key: getattr(event, key) for key in types
        }


@pytest.mark.parametrize("name", kinds())
def test_what_is_told_of_an_event_is_as_it_is_described(name: str) -> None:
    schema = schema_of(kinds()[name])
    for event, _ in examples_of(kinds()[name]):
        about = {"subject_id": str(event.subject_id), "provider_id": None}
        said = {"type": name, "timestamp": "2026-01-02T03:04:05+00:00", "data": {**about, **event.payload}}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(said)
        assert said["data"].keys() <= schema["properties"]["data"]["properties"].keys()
    lacking = {"type": name, "timestamp": "2026-01-02T03:04:05+00:00", "data": {}}
    assert not Draft202012Validator(schema).is_valid(lacking)


def test_a_book_its_size_and_its_money_are_nothing_for_providers() -> None:
    of_books = re.compile("(book|lot|step|estate)_|award_funded")
    assert {kind.VISIBILITY for kind in kinds().values() if of_books.match(kind.KIND)} == {Visibility.VENUE}


def of_books() -> dict[str, type[DomainEvent]]:
    never = frozenset[str]().union(*NEVER_OF_A_DRILL.values())
    return {name: kind for name, kind in CATALOGUE.items() if name not in never}


def test_whatever_may_be_of_a_drill_says_whether_it_is() -> None:
    assert {name for name, kind in kinds().items() if "drill" in {each.name for each in fields(kind)}} == set(
        of_books()
    )


def test_whatever_may_be_of_a_drill_is_made_with_what_its_book_says() -> None:
    names = {kind.__name__ for kind in of_books().values()}
    made = [
        (path, node)
        for path, source in modules()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    assert {node.func.id for _, node in made} > {"AwardMade", "BidCancelled", "BookClosed"}
    for path, node in made:
        said = [ast.unparse(each.value) for each in node.keywords if each.arg is None]
        assert any(each.endswith(".whose") for each in said), f"{path}:{node.lineno} says of no book whose it is"


def test_every_kind_is_told_somewhere() -> None:
    assert sorted({kind.__name__ for kind in kinds().values()} - mentioned()) == []


def test_no_kind_is_written_as_text_outside_the_catalogues() -> None:
    written = {
        (path, node.value)
        for path, source in modules()
        if not path.endswith(("refusals.py", "api/words.py"))  # examples are texts
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and node.value in kinds().keys() - HOMONYMS
    }
    assert written == set()


def test_no_two_catalogues_have_the_same_kind(settings) -> None:
    settings.EVENT_CATALOGUES = [*settings.EVENT_CATALOGUES, "accounts.events.CATALOGUE"]
    with pytest.raises(ValueError, match="commitment_approved"):
        kinds.__wrapped__()
