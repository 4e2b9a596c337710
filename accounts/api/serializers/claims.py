"""Claims in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.lifecycle import ClaimState
from accounts.models import Claim
from accounts.rules.sharing.contracts import Trigger
from backstop.api.parsing import AmountText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class ClaimOutput(serializers.ModelSerializer[Claim]):
    """What a cover owes of a loss event."""

    cover_id = serializers.UUIDField()
    loss_event_id = serializers.UUIDField()
    trigger: Any = serializers.ChoiceField([(each.value, each.value) for each in Trigger])
    state: Any = serializers.ChoiceField(ClaimState.choices)
    asset = serializers.CharField(source="cover.asset.code")
    counted = AmountText()
    insured = AmountText()
    added = AmountText()
    copay = AmountText()
    paid = AmountText()
    copaid = AmountText()
    disputed_amount = AmountText()
    refused = AmountText()

    class Meta:
        model = Claim
        fields = [
            "id",
            "created_at",
            "cover_id",
            "loss_event_id",
            "trigger",
            "state",
            "asset",
            "counted",
            "insured",
            "added",
            "copay",
            "paid",
            "copaid",
            "disputed_amount",
            "refused",
            "reason",
            "decision",
            "answer_by",
            "decide_by",
            "due_by",
            "disputed_at",
            "paid_at",
            "overdue_at",
            "closed_at",
        ]


class DisputeInput(StrictSerializer):
    """What is not owed, an insurer says, and why."""

    disputed_amount = AmountText()
    reason = TextField(max_length=MAX_REASON)


class ClaimDecisionInput(StrictSerializer):
    """What of what is disputed is not owed, an arbiter says, and why."""

    refused = AmountText()
    reason = TextField(max_length=MAX_REASON)
