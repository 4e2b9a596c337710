"""How views describe themselves at /v1/openapi.json: on top of what is read off them, names, scopes, problems,
idempotency and tokens for reading one's writes. What their words mean is told by backstop.api.wording."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.fields import empty

from backstop.api import read_tokens
from backstop.api.deprecation import HEADERS, Deprecation
from backstop.api.refusing import WRITING, problem_responses
from backstop.models.idempotency import REPLAYED_HEADER

PLAIN_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class FaultOfProblem(serializers.Serializer[Any]):
    """One thing that is wrong with what was sent."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable: programs may rely on it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FaultOfProblem(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
    OpenApiParameter.HEADER,
)
REPLAYED = OpenApiParameter(
    REPLAYED_HEADER,
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=True,
)
PROCESS_BEFORE = OpenApiParameter("process_before", OpenApiTypes.DATETIME)
DRY_RUN = OpenApiParameter("dry_run", bool)
TOKEN_GIVEN = OpenApiParameter(
    read_tokens.HEADER,
    str,
    OpenApiParameter.HEADER,
    response=True,
    description="A list that is asked for with it shows this write. Only where there is a replica to read from.",
)
TOKEN_TAKEN = OpenApiParameter(
    read_tokens.HEADER,
    str,
    OpenApiParameter.HEADER,
)


class _Strict(OpenApiSerializerExtension):
    """What is sent has no members but those that are described, and its lists hold so many."""

    target_class = "backstop.api.parsing.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, field in self.target.fields.items():
            if isinstance(field, serializers.ListSerializer):
                schema["properties"][name] |= _bounds_of(field)
        if not vars(type(self.target))["__doc__"]:
            schema.pop("description", None)
        return {**schema, "additionalProperties": False}


def _bounds_of(several: Any) -> dict[str, int]:
    least = {} if several.allow_empty else {"minItems": 1}
    return least | ({"maxItems": several.max_length} if several.max_length else {})


class _Amount(OpenApiSerializerFieldExtension):
    target_class = "backstop.api.parsing.AmountText"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        pattern = self.target.pattern if direction == "request" else PLAIN_DECIMAL
        return {
            "type": "string",
            "format": "decimal",
            "pattern": pattern,
        }


class _Whole(OpenApiSerializerFieldExtension):
    target_class = "backstop.api.parsing.WholeField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.target.minimum, "maximum": self.target.maximum}


class _Text(OpenApiSerializerFieldExtension):
    """Not blank, and without NUL, which no database holds. Where it may be blank, that is described beside it."""

    target_class = "backstop.api.parsing.TextField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        least = {} if self.target.allow_blank else {"minLength": 1}
        return {"type": "string", "pattern": NOT_BLANK, **least, "maxLength": self.target.max_length}


_PARAMETER = re.compile(r"\{(\w+)\}")
_SINGULAR = {"terms": "terms", "readiness": "readiness", "inventory": "inventory", "openapi.json": "document"}


class Schema(AutoSchema):
    """Adds to every operation its name, its scopes and the problems that it may answer, and to writing ones that they
    take an Idempotency-Key and answer a token."""

    def get_operation_id(self) -> str:
        """`listBids`, `getBid`, `getAuctionQuote`. What writes is named by hand where it is described."""
        segments = [each for each in self.path.removeprefix("/v1/").split("/") if not _PARAMETER.fullmatch(each)]
        several = hasattr(self.view, "listed")
        names = [*map(_singular, segments[:-1]), segments[-1] if several else _named(segments[-1], self.path)]
        return ("list" if several else "get") + "".join(map(_capitalised, names))

    def get_summary(self) -> str:
        return _sentences(self._said())[0]

    def get_description(self) -> str:  # type: ignore[override]
        """What comes after the summary, which scope its key needs, and until when it is there."""
        scopes = sorted(self.scopes)
        needed = f"Needs the scope {' or '.join(f'`{scope}`' for scope in scopes)}." if scopes else ""
        ends = self._deprecation.sentence if self._deprecation else ""
        return " ".join(filter(None, [_sentences(self._said())[1], needed, ends]))

    def is_deprecated(self) -> bool:
        return self._deprecation is not None

    @property
    def _deprecation(self) -> Deprecation | None:
        return getattr(self.view, "deprecated", None)

    def _said(self) -> str:
        """What the method says of itself, or its view: none of what these were made from."""
        method = getattr(self.view, self.method.lower())
        return cleandoc(method.__doc__ or vars(type(self.view))["__doc__"] or "")

    @property
    def scopes(self) -> Iterable[str]:
        """Any one of these is needed: nothing where it needs none."""
        described: Any = getattr(self.view, "scopes_needed", None)
        return described(self.method) if described else ()

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Which scheme with which scope; an empty choice where no key is needed."""
        named = [{scheme: list(roles) for scheme, roles in each.items()} for each in super().get_auth()]
        return [{scheme: [scope] for scheme in each} for each in named for scope in self.scopes] or named or [{}]

    def get_override_parameters(self) -> list[Any]:
        given = [IDEMPOTENCY_KEY, PROCESS_BEFORE, DRY_RUN, REPLAYED, TOKEN_GIVEN] if self.method in WRITING else []
        return [*super().get_override_parameters(), *given, *(HEADERS if self.is_deprecated() else [])]

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """All fields of a row are answered, and those with a default: what may be left out concerns who sends it."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if direction == "request":
            return schema
        fields, is_row = force_instance(serializer).fields, isinstance(serializer, serializers.ModelSerializer)
        always = {name for name, field in fields.items() if is_row or field.default is not empty}
        required = sorted({*schema.get("required", ()), *(always & schema["properties"].keys())})
        return {**schema, **({"required": required} if required else {})}

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)
        described = body and body["content"]["application/json"]["schema"]
        return body and {**body, "required": not self._may_be_nothing(described)}

    def _may_be_nothing(self, described: dict[str, Any]) -> bool:
        """Whether a body may be left out: it is read as an object without members."""
        name = described.get("$ref", "").rpartition("/")[2]
        schema = next((each.schema for (key, _), each in self.registry._components.items() if key == name), described)
        return schema.get("type") == "object" and not schema.get("required")

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status in bodies.keys() & DONE.keys():
            bodies[status]["description"] = DONE[status]
        problem = self.resolve_serializer(Problem, direction).ref
        problems = dict(problem_responses(self.view, self.method, self.path, problem))
        conflict = getattr(self.view, "conflict", None)
        if conflict and self.method in WRITING:
            more = self.resolve_serializer(conflict, direction).ref
            problems["409"]["content"]["application/problem+json"]["schema"] = {"allOf": [problem, more]}
        return bodies | problems


DONE = {
    "200": "What was asked for, or how it is now.",
    "201": "What came to be.",
    "202": "Nothing happened yet: another person has to confirm it.",
}


def _sentences(text: str) -> tuple[str, str]:
    """The first sentence without its stop, and all that follows."""
    first, _, others = text.replace("\n\n", " \n\n").partition(". ")
    return " ".join(first.removesuffix(".").split()), others.strip()


def _named(segment: str, path: str) -> str:
    return _singular(segment) if path.endswith("}") else _SINGULAR.get(segment, segment)


def _singular(segment: str) -> str:
    return _SINGULAR.get(segment, re.sub("ies$", "y", segment).removesuffix("s"))


def _capitalised(segment: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[-_.]", segment))


# By the time that the pages go by.
SINCE = "What is of this time (`{}`, which the list is in the order of), in UTC, or later."
UNTIL = "What is before this time (`{}`, which the list is in the order of), in UTC."


class ReadingSchema(Schema):
    """Adds to reading operations that they take tokens, and to lists of what has times since and until when. No text
    that is asked for is blank."""

    def get_override_parameters(self) -> list[Any]:
        if self.method in WRITING:
            return super().get_override_parameters()
        view: Any = self.view
        times = []
        if getattr(view, "timed", False):
            ordering = view.pagination_class.ordering[0].removeprefix("-")
            times = [_moment("since", SINCE, ordering), _moment("until", UNTIL, ordering)]
        return [*super().get_override_parameters(), TOKEN_TAKEN, *times]

    def _get_filter_parameters(self) -> list[Any]:
        return [_not_blank(each) for each in super()._get_filter_parameters()]

    def _get_pagination_parameters(self) -> list[Any]:
        return [_not_blank(each) for each in super()._get_pagination_parameters()]


def _moment(name: str, description: str, ordering: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.DATETIME, description=description.format(ordering))


def _not_blank(parameter: dict[str, Any]) -> dict[str, Any]:
    """The same parameter, which says something where it is a text."""
    is_text = parameter["schema"] == {"type": "string"}
    return {**parameter, "schema": {"type": "string", "pattern": NOT_BLANK}} if is_text else parameter
