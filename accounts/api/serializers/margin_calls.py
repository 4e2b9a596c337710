"""Margin calls in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import MarginCallState
from accounts.models import CureRepayment, MarginCall
from accounts.queries import list_margin_calls
from backstop import clock
from backstop.api.parsing import AmountText, IdField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class MarginCallInput(StrictSerializer):
    """What an account lacks, and the group of its owner where it has one."""

    account = TextField(max_length=128)
    group_id = IdField(required=False, allow_null=True)
    amount = AmountText(positive=True)
    reference = TextField(max_length=128)


class CureRepaymentInput(StrictSerializer):
    """What came back of what an insurer paid for a margin call, and why it is said."""

    amount = AmountText(positive=True)
    reference = TextField(max_length=128)
    reason = TextField(max_length=MAX_REASON)


class CureRepaymentOutput(serializers.ModelSerializer[CureRepayment]):
    """What came back at an instant: interest first; with a `reference` through the venue, without out of a book."""

    principal = AmountText()
    interest = AmountText()

    class Meta:
        model = CureRepayment
        fields = ["repaid_at", "principal", "interest", "reference"]


class MarginCallOutput(serializers.ModelSerializer[MarginCall]):
    """What an account lacks, and what it owes to the insurer that paid it."""

    cover_id = serializers.UUIDField()
    group_id = serializers.UUIDField(allow_null=True)
    state: Any = serializers.ChoiceField(MarginCallState.choices)
    asset = serializers.CharField(source="cover.asset.code")
    amount = AmountText()
    cured_by = serializers.UUIDField(source="cured_by_id", allow_null=True)
    left = AmountText()
    interest = serializers.SerializerMethodField()
    repayments = CureRepaymentOutput(many=True)

    class Meta:
        model = MarginCall
        fields = [
            "id",
            "created_at",
            "cover_id",
            "account",
            "group_id",
            "asset",
            "amount",
            "reference",
            "state",
            "answer_by",
            "cured_by",
            "cured_at",
            "repay_by",
            "left",
            "interest",
            "repayments",
            "lapsed_at",
            "repaid_at",
            "expired_at",
        ]

    @extend_schema_field(AmountText)
    def get_interest(self, call: MarginCall) -> Any:
        return AmountText().to_representation(call.interest_at(clock.now()))


def shown_margin_call(call: MarginCall) -> Any:
    """A margin call as it is answered with after something was done to it."""
    return dict(MarginCallOutput(list_margin_calls(call.venue_id).get(id=call.id)).data)
