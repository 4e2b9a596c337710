"""How views describe themselves at /v1/openapi.json: on top of what is read off them, problems, idempotency and tokens
for reading one's writes."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backstop.api import read_tokens

WRITING = ("POST", "PUT", "PATCH", "DELETE")


class _Fault(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="A JSON pointer into what was sent; empty for the whole.")
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable: programs may rely on it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = _Fault(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key gets the first answer again."
)
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
    description="What your own writes were answered with, several separated by commas: the answer shows these writes. "
    "Without it, it may be of up to ten seconds ago.",
)


class Schema(AutoSchema):
    """Adds to every operation that it may answer a problem, and to writing ones that they take an Idempotency-Key and
    answer a token."""

    def get_override_parameters(self) -> list[Any]:
        given = [IDEMPOTENCY_KEY, TOKEN_GIVEN] if self.method in WRITING else []
        return [*super().get_override_parameters(), *given]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        schema = self.resolve_serializer(Problem, direction).ref
        bodies["default"] = {
            "description": "Something is wrong: `code` says what.",
            "content": {"application/problem+json": {"schema": schema}},
        }
        return bodies


class ReadingSchema(Schema):
    """Adds to reading operations that they take tokens."""

    def get_override_parameters(self) -> list[Any]:
        taken = [] if self.method in WRITING else [TOKEN_TAKEN]
        return [*super().get_override_parameters(), *taken]
