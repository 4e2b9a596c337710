"""Whose key it is, and what it is rotated into, in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.models import ApiKey
from backstop.api.parsing import StrictSerializer, TextField, WholeField

MOST_OVERLAP_SECONDS = 7 * 24 * 60 * 60


class MeOutput(serializers.Serializer[Any]):
    key = serializers.CharField(source="prefix")
    label = serializers.CharField()  # type: ignore[assignment]
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(
        child=serializers.CharField(),
        help_text="The key opens something to whoever asks from one of these alone; none: from everywhere.",
    )
    expires_at = serializers.DateTimeField(allow_null=True, help_text="From then on the key opens nothing.")
    venue = serializers.CharField(source="venue.code")
    venue_id = serializers.UUIDField(source="venue.id")
    provider_id = serializers.UUIDField(source="provider.id", default=None, allow_null=True)
    provider = serializers.CharField(source="provider.name", default=None, allow_null=True)
    state = serializers.CharField(source="provider.state", default=None, allow_null=True)


class RotationInput(StrictSerializer):
    public_key = TextField(
        max_length=500, help_text="The public half of a new Ed25519 key: its 32 bytes in base64, or PEM."
    )
    overlap_seconds = WholeField(
        minimum=0,
        maximum=MOST_OVERLAP_SECONDS,
        help_text="In so many seconds the key that signs this request ends; until then both sign.",
    )


class SuccessorOutput(serializers.ModelSerializer[ApiKey]):
    key_id = serializers.CharField(help_text="By what requests that it signs name it, as `keyid`.")
    public_key = serializers.CharField(source="public_key.text", help_text="In base64.")
    replaces = serializers.CharField(
        source="public_key.replaces.key.key_id", help_text="The key that it was rotated from."
    )
    both_until = serializers.DateTimeField(source="public_key.replaces.key.expires_at", help_text="When that one ends.")

    class Meta:
        model = ApiKey
        fields = ["key_id", "public_key", "replaces", "both_until", "expires_at"]
