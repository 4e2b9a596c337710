"""Settlements in JSON. A provider sees its own, never whose account it was."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.lifecycle import SettlementState
from auctions.models import AtFault, Settlement
from backstop.api.parsing import AmountText, ChoiceText, EdgeText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class SettlementStateField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(SettlementState.choices, **options)


class RejectionInput(StrictSerializer):
    """Only a fault of the provider costs it."""

    reason = TextField(max_length=MAX_REASON, help_text="Shown to the provider.")
    fault = ChoiceText(AtFault.choices)


class ConfirmationInput(StrictSerializer):
    """Nothing needs to be said."""


class SettlementOutput(serializers.ModelSerializer[Settlement]):
    """`book_id` and `reference` are for the venue: a provider gets null."""

    state = SettlementStateField()
    fault = serializers.CharField()
    award_id = serializers.UUIDField()
    provider_id = serializers.UUIDField(source="award.provider_id", allow_null=True)
    book_id = serializers.SerializerMethodField()
    reference = serializers.SerializerMethodField()
    drill = serializers.BooleanField(source="book.is_drill")
    asset = serializers.CharField(source="book.asset.code")
    units = serializers.IntegerField(source="award.units")
    edge_bps = EdgeText(source="award.edge_bps")
    notional = AmountText(source="award.notional")

    class Meta:
        model = Settlement
        fields = [
            "id",
            "created_at",
            "state",
            "award_id",
            "provider_id",
            "book_id",
            "reference",
            "drill",
            "asset",
            "units",
            "edge_bps",
            "notional",
            "confirm_by",
            "sequence",
            "reason",
            "fault",
            "confirmed_at",
            "settled_at",
            "rejected_at",
            "expired_at",
        ]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_book_id(self, settlement: Settlement) -> Any:
        return str(settlement.book_id) if self._for_venue() else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_reference(self, settlement: Settlement) -> Any:
        return settlement.book.reference if self._for_venue() else None

    def _for_venue(self) -> bool:
        return self.context["request"].user.provider is None
