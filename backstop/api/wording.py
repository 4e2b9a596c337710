"""The last hand on /v1/openapi.json: every property, parameter and enumeration says what it means, with an example.

The words are those of the modules `words` in the packages that `API_PACKAGES` in the settings names.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from importlib import import_module
from types import MappingProxyType
from typing import Any

from django.conf import settings

from backstop.api.units import unit_of
from backstop.api.words import Word

METHODS = ("get", "put", "post", "patch", "delete")


@cache
def vocabulary() -> Mapping[str, Word]:
    """Every word of the house. Raises ValueError where two modules have the same one."""
    found: dict[str, Word] = {}
    for package in settings.API_PACKAGES:
        words: Mapping[str, Word] = import_module(f"{package}.words").WORDS
        if twice := found.keys() & words.keys():
            raise ValueError(f"{package} says again what another says: {', '.join(sorted(twice))}")
        found |= words
    return MappingProxyType(found)


@cache
def tags() -> Mapping[str, tuple[str, str]]:
    """By the first segment of an address: its tag, and what that is about."""
    return MappingProxyType(
        {
            segment: tag
            for package in settings.API_PACKAGES
            for segment, tag in import_module(f"{package}.words").TAGS.items()
        }
    )


def worded(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's last step: the document, which says what its words mean."""
    for holder, schema in result["components"]["schemas"].items():
        _word_schema(holder, schema)
    for path, operation in _operations(result):
        operation["tags"] = [_tag_of(path)]
        for parameter in operation.get("parameters", ()):
            _word_parameter(parameter)
    result["components"]["responses"] = dict(_shared(result))
    result["tags"] = [{"name": name, "description": text} for name, text in tags().values() if text]
    return result


def _operations(result: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, methods[method]


def _shared(result: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The answer that most operations give with a status: told once, and referred to from then on."""
    given: dict[str, list[Any]] = defaultdict(list)
    for _, operation in _operations(result):
        for status, response in operation["responses"].items():
            if "x-codes" in response:
                given[status].append(response)
    for status, responses in sorted(given.items()):
        most = max(responses, key=responses.count)
        name = "Failed" if status == "default" else HTTPStatus(int(status)).name.title().replace("_", "")
        for _, operation in _operations(result):
            if operation["responses"].get(status) == most:
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
        yield name, most


def _tag_of(path: str) -> str:
    segment = path.removeprefix("/v1/").partition("/")[0]
    return tags()[segment][0] if segment in tags() else segment


def _word_schema(holder: str, schema: dict[str, Any]) -> None:
    for name, inner in schema.get("properties", {}).items():
        _word(inner, f"{holder}.{name}", name)
    if "enum" in schema:
        schema.setdefault("examples", [schema["enum"][0]])
    if holder in vocabulary():
        schema["description"] = vocabulary()[holder].meaning
    elif holder.startswith("Paginated"):
        schema["description"] = "A page of a list."


def _word_parameter(parameter: dict[str, Any]) -> None:
    schema, name = parameter["schema"], parameter["name"]
    schema.setdefault("description", parameter.pop("description", ""))
    _word(schema, f"{parameter['in']}.{name}", name)
    parameter["description"] = schema.pop("description", "")


def _word(schema: dict[str, Any], whole_name: str, name: str) -> None:
    """A word for this place goes before what is said already, and that before the plain word."""
    exact, plain = vocabulary().get(whole_name), vocabulary().get(name)
    said = schema.get("description") or ""
    meaning = exact.meaning if exact else said or (plain.meaning if plain else "")
    if meaning:
        schema["description"] = with_unit(meaning, name, schema)
    if "properties" in schema:
        _word_schema(name, schema)
    elif is_scalar(schema):
        word = exact or plain or Word("")
        example = schema.get("default") if word.example is None else word.example
        if "enum" in schema or example is not None:
            schema.setdefault("examples", [schema["enum"][0] if "enum" in schema else example])


def with_unit(meaning: str, name: str, schema: Mapping[str, Any]) -> str:
    """The meaning, with the unit that the name or the format stands for, unless it says that already."""
    unit = _unit_of(name, schema)
    is_said = not unit or unit.split()[-1] in meaning or (unit.startswith("the asset") and "in the asset" in meaning)
    return meaning if is_said else f"{meaning} In {unit}."


def _unit_of(name: str, schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "UTC"
    is_number = schema.get("format") == "decimal" or name.endswith(("_bps", "_seconds"))
    return unit_of(name) or "" if is_number else ""


def is_scalar(schema: Mapping[str, Any]) -> bool:
    """Whether it is one value that it says itself: neither another's, nor of several parts."""
    kinds = schema.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    choices = schema.get("oneOf", schema.get("anyOf", ()))
    if choices:
        return all(is_scalar(each) for each in choices)
    return bool(kinds) and not kinds & {"object", "array"}
