"""The key that signatures are verified with, in JSON."""

from typing import Any

from rest_framework import serializers

ALGORITHM = "Ed25519"


class SigningKeyOutput(serializers.Serializer[Any]):
    algorithm = serializers.ChoiceField([ALGORITHM])
    public_key = serializers.RegexField("^[0-9a-f]{64}$", help_text="In hexadecimal digits.")
