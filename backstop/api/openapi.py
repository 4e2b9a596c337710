"""How views describe themselves at /v1/openapi.json: on top of what is read off them, problems and idempotency."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

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


class Schema(AutoSchema):
    """Adds to every operation that it may answer a problem, and to writing ones that they take an Idempotency-Key."""

    def get_override_parameters(self) -> list[Any]:
        key = OpenApiParameter(
            "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key gets the first answer again."
        )
        return [*super().get_override_parameters(), *([key] if self.method in WRITING else [])]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        schema = self.resolve_serializer(Problem, direction).ref
        bodies["default"] = {
            "description": "Something is wrong: `code` says what.",
            "content": {"application/problem+json": {"schema": schema}},
        }
        return bodies
