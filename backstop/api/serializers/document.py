"""A problem's code in JSON, explained."""

from typing import Any

from rest_framework import serializers


class ProblemOutput(serializers.Serializer[Any]):
    """What a code means, wherever it stands."""

    type = serializers.CharField()
    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
