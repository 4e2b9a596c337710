"""Defaults of providers in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.lifecycle import DefaultState
from accounts.models import Ground, ProviderDefault
from backstop.api.parsing import ChoiceText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class DefaultInput(StrictSerializer):
    ground = ChoiceText(Ground.choices)
    reason = TextField(max_length=MAX_REASON, help_text="The provider can read it.")


class DefaultOutput(serializers.ModelSerializer[ProviderDefault]):
    """`confirm_by`: it lapses then; `book_by`: the provider's book comes before, once it is confirmed."""

    provider_id = serializers.UUIDField()
    state: Any = serializers.ChoiceField(DefaultState.choices)
    ground: Any = serializers.ChoiceField(Ground.choices)
    loss_event_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = ProviderDefault
        fields = [
            "id",
            "created_at",
            "provider_id",
            "state",
            "ground",
            "reason",
            "declared_at",
            "confirm_by",
            "confirmed_at",
            "book_by",
            "loss_event_id",
            "lapsed_at",
            "handled_at",
            "closed_at",
        ]
