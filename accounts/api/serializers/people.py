"""Whose key it is, in JSON."""

from typing import Any

from rest_framework import serializers


class MeOutput(serializers.Serializer[Any]):
    key = serializers.CharField(source="prefix")
    label = serializers.CharField()  # type: ignore[assignment]
    scopes = serializers.ListField(child=serializers.CharField())
    venue = serializers.CharField(source="venue.code")
    provider_id = serializers.UUIDField(source="provider.id", default=None, allow_null=True)
    provider = serializers.CharField(source="provider.name", default=None, allow_null=True)
    state = serializers.CharField(source="provider.state", default=None, allow_null=True)
