"""The client has a method for whatever a program does, which calls what the document says, and has its types."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import pytest

from backstop.client import Client, connection
from tests.described import document, template_of
from tests.documents.client_types import class_of, operations

WITHOUT = {"getDocument": "it is for generators of other clients"}
NAMED_OTHERWISE = {
    "placeBids": ("place_bid", "place_sealed_bid"),
    "placeBidsAnywhere": ("place_bids",),
    "getStream": ("stream",),
}
ONE_OR_MANY = {"placeBids", "sendBooks"}
WANTED = {each["operationId"]: each for each in operations() if each["operationId"] not in WITHOUT}
BASE = {name for name, _ in inspect.getmembers(connection.Connection, inspect.isfunction)} - {"stream"}


def methods_for(operation: str) -> tuple[str, ...]:
    return NAMED_OTHERWISE.get(operation, (re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(),))


def test_there_is_a_method_for_each_operation_of_a_program_and_no_other() -> None:
    methods = {name for name, _ in inspect.getmembers(Client, inspect.isfunction)} - BASE
    assert methods == {name for operation in WANTED for name in methods_for(operation)}
    assert len(methods) > 60


def test_each_method_calls_its_operation_and_answers_what_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def ask(self: Client, method: str, path: str, **words: Any) -> Any:
        asked.append((method.lower(), template_of(f"/v1/{path}")))
        raise InterruptedError

    monkeypatch.setattr(Client, "_ask", ask)
    client = Client("http://nowhere", "key")
    for operation in WANTED.keys() - {"getStream"}:
        for name in methods_for(operation):
            method = getattr(Client, name)
            with pytest.raises(InterruptedError):
                list(method(client, **arguments_of(method)))
            assert asked.pop() == place_of(operation), name
            if operation not in ONE_OR_MANY:
                assert kinds_of(method.__annotations__["return"]) == answers_of(WANTED[operation]), name


def arguments_of(method: Any) -> dict[str, Any]:
    """Something for each argument that it needs."""
    parameters = inspect.signature(method).parameters.values()
    needed = [one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return dict.fromkeys(set(needed) - {"self"}, "x")


def place_of(operation: str) -> tuple[str, str]:
    (place,) = [
        (method, path)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
        if described.get("operationId") == operation
    ]
    return place


def kinds_of(annotation: Any) -> set[str]:
    return set(re.findall(r"\w+Row\b|MarksTaken", str(annotation)))


def answers_of(operation: Mapping[str, Any]) -> set[str]:
    """The rows that it answers with, those of a list or a page alone."""
    contents = [each["content"] for status, each in operation["responses"].items() if status.startswith("2")]
    named = {name for each in contents for name in re.findall(r"schemas/(\w+)", str(each))}
    return {class_of(re.sub(r"^Paginated(\w+)List$", r"\1", name)) for name in named}
