"""Faults in JSON. A provider sees its own, never whose account it was."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.lifecycle import FaultState
from auctions.models import ProviderFault
from backstop.api.parsing import AmountText, FlagField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class ContestInput(StrictSerializer):
    reason = TextField(max_length=MAX_REASON, help_text="The arbiter reads it.")


class DecisionInput(StrictSerializer):
    stands = FlagField(help_text="Whether it was the provider's fault.")
    reason = TextField(max_length=MAX_REASON, help_text="Shown to the provider.")


class FaultOutput(serializers.ModelSerializer[ProviderFault]):
    """`held` is what is held for it now. `amount` is what it costs where it stands, of which `to_estate` is the
    estate's and the rest the fund's; null until it is counted. `book_id` is for the venue: a provider gets null."""

    state: Any = serializers.ChoiceField(FaultState.choices)
    award_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    book_id = serializers.SerializerMethodField()
    asset = serializers.CharField(source="book.asset.code")
    held = AmountText()
    amount = AmountText(allow_null=True)
    to_estate = AmountText(allow_null=True)

    class Meta:
        model = ProviderFault
        fields = [
            "id",
            "created_at",
            "state",
            "award_id",
            "provider_id",
            "book_id",
            "asset",
            "held",
            "drift_until",
            "amount",
            "to_estate",
            "contestable_at",
            "contest_until",
            "contested_at",
            "contest_reason",
            "decide_until",
            "decision_reason",
            "upheld_at",
            "dismissed_at",
        ]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_book_id(self, fault: ProviderFault) -> Any:
        return str(fault.book_id) if self.context["request"].user.provider is None else None
