"""Assessments in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.lifecycle import AssessmentState
from accounts.models import Assessment
from backstop.api.parsing import AmountText


class AssessmentOutput(serializers.ModelSerializer[Assessment]):
    """What a provider is called for beyond what it contributed."""

    provider_id = serializers.UUIDField()
    loss_event_id = serializers.UUIDField(source="obligation.loss_event_id")
    asset = serializers.CharField(source="asset.code")
    amount = AmountText()
    held = AmountText()
    paid = AmountText()
    recovered = AmountText()
    owed = AmountText()
    written_off = AmountText()
    state: Any = serializers.ChoiceField(AssessmentState.choices)

    class Meta:
        model = Assessment
        fields = [
            "id",
            "created_at",
            "provider_id",
            "loss_event_id",
            "asset",
            "amount",
            "held",
            "paid",
            "recovered",
            "owed",
            "written_off",
            "state",
            "called_at",
            "due_by",
            "paid_at",
            "overdue_at",
            "lifted_at",
            "written_off_at",
        ]


class NoticeOutput(serializers.Serializer[Any]):
    """For loss events that open from then on the provider is not obliged, until it takes its notice back."""

    guarantee_left_at = serializers.DateTimeField(allow_null=True)
