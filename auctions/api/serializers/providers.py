"""Providers as their venue has them, in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers.reasons import ReasonInput
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop.api.parsing import FlagField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class ProviderInput(StrictSerializer):
    name = TextField(max_length=200)
    group_id = serializers.UUIDField(help_text="The group of firms that it belongs to.")
    reason = TextField(max_length=MAX_REASON, help_text="Why it is to provide.")


class ApplicationInput(ProviderInput):
    """Why it is to be considered."""


class AcceptanceInput(StrictSerializer):
    version = TextField(max_length=64, help_text="Of the venue's terms, as it names it.")


class SuspensionInput(ReasonInput):
    bids_stand = FlagField(required=False, default=False, help_text="True: what it has bid counts at the close.")


class MoveInput(ReasonInput):
    group_id = serializers.UUIDField()


class ProviderOutput(serializers.ModelSerializer[Provider]):
    state: Any = serializers.ChoiceField(ProviderState.choices)
    group_id = serializers.UUIDField()
    group = serializers.CharField(source="group.name")

    class Meta:
        model = Provider
        fields = [
            "id",
            "created_at",
            "name",
            "group_id",
            "group",
            "state",
            "state_reason",
            "faults",
            "terms_version",
            "terms_accepted_at",
        ]
