"""What a stream tells, as it is described: each kind of event that a provider may see, read off the catalogues."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from backstop.delivery.catalogue import kinds
from backstop.delivery.describing import schema_of
from backstop.events import Visibility

TOLD = (Visibility.EVERYBODY, Visibility.PROVIDER, Visibility.OWN)


class EventOutput(serializers.Serializer[Any]):
    """The `data` of one event of a stream."""


class _Events(OpenApiSerializerExtension):
    target_class = EventOutput

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        return "StreamedEvent"

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        told = [*kinds().values(), *import_string(settings.TICK_CATALOGUE).values()]
        return {
            "description": "The `data` of one event of a stream, beside which stand `event`, its type again, and `id`, "
            "from which the stream may be resumed. What is told without an `id` (`edge_tick`) is not told again. "
            "Events of kinds that are not listed here may come.",
            "oneOf": [schema_of(kind) for kind in told if kind.VISIBILITY in TOLD],
        }
