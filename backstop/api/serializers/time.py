"""The time, in JSON."""

from typing import Any

from rest_framework import serializers


class TimeOutput(serializers.Serializer[Any]):
    now = serializers.DateTimeField(help_text="By the database's clock: deadlines go by it.")
