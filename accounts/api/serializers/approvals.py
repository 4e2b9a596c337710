"""What waits for a second person, in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import ApprovalState
from accounts.models import Approval, ApprovalLimit
from accounts.models.approvals import LAPSED
from backstop import clock
from backstop.api.parsing import AmountText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON

STANDING = [*ApprovalState.values, LAPSED]


class ApprovalConfirmationInput(StrictSerializer):
    """Nothing needs to be said."""


class ApprovalLimitInput(StrictSerializer):
    asset = TextField(max_length=32)
    amount = AmountText(
        not_negative=True, allow_null=True, help_text="More than this at once needs a second person; null: none does."
    )
    reason = TextField(max_length=MAX_REASON)


class ApprovalLimitOutput(serializers.ModelSerializer[ApprovalLimit]):
    asset = serializers.CharField(source="asset.code")
    amount = AmountText(allow_null=True)

    class Meta:
        model = ApprovalLimit
        fields = ["id", "created_at", "asset", "amount"]


class ApprovalOutput(serializers.ModelSerializer[Approval]):
    """`arguments` is what the operation is given once another person has confirmed it."""

    state = serializers.SerializerMethodField(
        help_text="From `lapses_at` on an approval that is still asked for is LAPSED: nothing becomes of it."
    )
    asset = serializers.CharField(source="asset.code", allow_null=True, default=None)
    amount = AmountText(allow_null=True)
    arguments: Any = serializers.DictField()

    class Meta:
        model = Approval
        fields = [
            "id",
            "created_at",
            "operation",
            "arguments",
            "asset",
            "amount",
            "reason",
            "state",
            "asked_by",
            "lapses_at",
            "confirmed_by",
            "confirmed_at",
            "withdrawn_at",
            "withdrawal_reason",
        ]

    @extend_schema_field(serializers.ChoiceField(STANDING))
    def get_state(self, approval: Approval) -> str:
        return approval.standing_at(clock.now())


class PendingOutput(serializers.Serializer[Any]):
    """Nothing happened yet: another person has to confirm it."""

    approval = ApprovalOutput()
