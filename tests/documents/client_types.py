"""The client's types, made from the document: what is answered (`rows.py`) and what is sent (`inputs.py`)."""

import re
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from textwrap import fill
from typing import Any

from tests.described import document
from tests.documents.written import METHODS

PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
# By format: how it is answered, and what may be sent.
MEANT = {"decimal": ("Decimal", "Decimal | str"), "date-time": ("datetime", "datetime | str")}
# What people decide at a venue's desk: in the admin, or by requests of their own.
OF_PEOPLE = {"approve", "arbitrate", "breakers", "fund", "providers", "risk"}


def rows() -> str:
    """backstop/client/rows.py."""
    kinds = Kinds(sent=False)
    for operation in operations():
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                kinds.meet(answer.get("content", {}).get("application/json", {}).get("schema", {}))
    head = '"""What the API answers. Made from its document by `make documents`: change nothing here."""'
    return module(head, kinds.written())


def inputs() -> str:
    """backstop/client/inputs.py."""
    kinds = Kinds(sent=True)
    asked = [(each["operationId"], each.get("parameters", [])) for each in operations()]
    for operation in operations():
        kinds.meet(operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}))
    queries = [kinds.query(name, parameters) for name, parameters in asked if name.startswith("list")]
    head = '"""What the API takes. Made from its document by `make documents`: change nothing here."""'
    return module(head, sorted([*kinds.written(), *queries]))


def operations() -> list[dict[str, Any]]:
    """Those that a program of a provider or a venue calls."""
    methods = [each[method] for each in document()["paths"].values() for method in METHODS if method in each]
    return [operation for operation in methods if not scopes_of(operation) or scopes_of(operation) - OF_PEOPLE]


def scopes_of(operation: dict[str, Any]) -> set[str]:
    """Any one of these opens it; none where any key does, or it needs none."""
    return {scope for choice in operation["security"] for scopes in choice.values() for scope in scopes}


class Kinds:
    """The schemas that were met, each as a TypedDict: as answered, or as sent."""

    def __init__(self, *, sent: bool) -> None:
        self.sent = sent
        self._met: dict[str, dict[str, Any]] = {}

    def meet(self, schema: dict[str, Any]) -> None:
        """Take in what this schema names, and whatever that names."""
        for name in _named_in(schema):
            if name not in self._met and name != "StreamedEvent":
                self._met[name] = _schemas()[name]
                self.meet(self._met[name])

    def written(self) -> list[str]:
        """The classes, by name. A page is no row."""
        objects = {name: schema for name, schema in self._met.items() if schema.get("properties")}
        return sorted(
            self._class(name, schema) for name, schema in objects.items() if "next_cursor" not in schema["properties"]
        )

    def query(self, name: str, parameters: Iterable[dict[str, Any]]) -> str:
        """What a list may be asked for."""
        asked = [each for each in parameters if each["in"] == "query" and each["name"] != "cursor"]
        fields = [f"    {each['name']}: {self._type(each['schema'])}" for each in asked]
        title = name[0].upper() + name[1:]
        return "\n".join(
            [f"class {title}(TypedDict, total=False):", f'    """What `{name}` may be asked for."""', "", *fields]
        )

    def _class(self, name: str, schema: dict[str, Any]) -> str:
        needed = schema.get("required", [])
        fields = []
        for field, said in schema["properties"].items():
            assert not iskeyword(field), field
            kind = self._type(said)
            fields.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
        return "\n".join([f"class {class_of(name)}(TypedDict):", *_docstring(schema.get("description", "")), *fields])

    def _type(self, schema: dict[str, Any]) -> str:
        kinds = list(dict.fromkeys(self._types(schema)))
        return " | ".join(sorted(kinds, key=lambda kind: kind == "None"))

    def _types(self, schema: dict[str, Any]) -> Iterator[str]:
        if "$ref" in schema:
            yield from self._referred(schema["$ref"].rpartition("/")[2])
        for each in schema.get("oneOf", schema.get("allOf", ())):
            yield from self._types(each)
        types = schema.get("type", [])
        for each in [types] if isinstance(types, str) else types:
            yield self._plain(each, schema)
        if not schema.keys() & {"$ref", "oneOf", "allOf", "type"}:
            yield "Any"

    def _referred(self, name: str) -> Iterator[str]:
        schema = _schemas()[name]
        if schema.get("properties"):
            yield class_of(name)
        else:
            yield from self._types({"type": _type_of_choices(schema)} if "enum" in schema else schema)

    def _plain(self, kind: str, schema: dict[str, Any]) -> str:
        if kind == "null":
            return "None"
        if kind == "array":
            return f"{'Sequence' if self.sent else 'list'}[{self._type(schema['items'])}]"
        if kind == "object":
            values = self._type(schema.get("additionalProperties") or {})
            return f"{'Mapping' if self.sent else 'dict'}[str, {values}]"
        meant = MEANT.get(schema.get("format", ""))
        return meant[self.sent] if meant else PLAIN[kind]


def class_of(schema: str) -> str:
    """What the client calls it: `BidOutput` is a `BidRow`."""
    return f"{schema.removesuffix('Output')}Row" if schema.endswith("Output") else schema


def module(head: str, classes: list[str]) -> str:
    """A module of these classes, with the imports that they need."""
    body = "\n\n\n".join(classes)
    named = {
        "collections.abc": ["Mapping", "Sequence"],
        "datetime": ["datetime"],
        "decimal": ["Decimal"],
        "typing": ["Any", "NotRequired", "TypedDict"],
    }
    lines = [
        f"from {origin} import {', '.join(used)}"
        for origin, names in named.items()
        if (used := [name for name in names if re.search(rf"\b{name}\b", body)])
    ]
    return "\n".join([head, "", "from __future__ import annotations", "", *lines, "", "", body, ""])


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = document()["components"]["schemas"]
    return schemas


def _named_in(schema: Any) -> Iterator[str]:
    """The names of the schemas that it refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _named_in(each)


def _type_of_choices(schema: dict[str, Any]) -> str:
    """Of choices, which may grow, the type alone."""
    kinds = {None: "null", "": "string"}
    return str(schema.get("type") or kinds[schema["enum"][0]])


def _docstring(text: str) -> list[str]:
    """The text as a docstring, paragraph by paragraph."""
    first, *others = text.split("\n\n")
    paragraphs = [f'    """{" ".join(first.split())}', *(f"    {' '.join(each.split())}" for each in others)]
    filled = [fill(each, 116, subsequent_indent="    ") for each in paragraphs]
    if len(filled) == 1 and "\n" not in filled[0]:
        return [f'{filled[0]}"""', ""]
    return [*"\n\n".join(filled).split("\n"), '    """', ""]
