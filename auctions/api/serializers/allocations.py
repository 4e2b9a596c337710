"""Losses that are allocated to accounts of the venue, in JSON."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.lifecycle import AllocationFillState
from accounts.models import AllocationFill, LossAllocation
from accounts.rules.sharing.positions import AllocationKind, Method, SuppliedAccount
from auctions.models import Side
from backstop.api.parsing import AmountText, ChoiceText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON
from backstop.values.amounts import ZERO


class SuppliedAccountInput(StrictSerializer):
    """An account of the venue that may give of what it has."""

    account = TextField(max_length=128)
    quantity = AmountText(positive=True)
    profit = AmountText(required=False, default=ZERO)
    leverage = AmountText(not_negative=True, required=False, default=ZERO)

    def validate(self, attrs: Mapping[str, Any]) -> SuppliedAccount:
        return SuppliedAccount(**attrs)


class _AllocationInput(StrictSerializer):
    quantity = AmountText(positive=True)
    accounts = SuppliedAccountInput(many=True)
    reference = TextField(max_length=128, help_text="A loss is allocated once for each.")
    reason = TextField(max_length=MAX_REASON)


class CashAllocationInput(_AllocationInput):
    """What nobody paid, and the accounts that gained; the `quantity` of each is what it gained, in the asset, and its
    `profit` is no less."""

    asset = TextField(max_length=32)


class PositionAllocationInput(_AllocationInput):
    """What went back to the venue, and the accounts that hold the other side of it."""

    instrument = TextField(max_length=64)
    side = ChoiceText(Side.choices)
    price = AmountText(positive=True)

    def validate_side(self, side: str) -> Side:
        return Side(side)


class LossAllocationOutput(serializers.ModelSerializer[LossAllocation]):
    """A loss that was shared out over accounts of the venue: its parts are `/v1/allocation-fills`."""

    loss_event_id = serializers.UUIDField()
    kind: Any = serializers.ChoiceField([(each.value, each.value) for each in AllocationKind])
    method: Any = serializers.ChoiceField([(each.value, each.value) for each in Method])
    asset = serializers.CharField(source="asset.code")
    instrument = serializers.CharField(source="instrument.symbol", allow_null=True, default=None)
    side = serializers.ChoiceField(Side.choices, allow_null=True)
    price = AmountText(allow_null=True)
    quantity = AmountText()

    class Meta:
        model = LossAllocation
        fields = [
            "id",
            "created_at",
            "loss_event_id",
            "kind",
            "method",
            "asset",
            "instrument",
            "side",
            "price",
            "quantity",
            "reference",
            "reason",
            "confirm_by",
        ]

    def to_representation(self, allocation: LossAllocation) -> Any:
        return super().to_representation(allocation) | {"side": allocation.side or None}


class AllocationFillOutput(serializers.ModelSerializer[AllocationFill]):
    """What one account gives of a loss."""

    allocation_id = serializers.UUIDField()
    state: Any = serializers.ChoiceField(AllocationFillState.choices)
    had = AmountText()
    profit = AmountText()
    leverage = AmountText()
    allocated = AmountText()
    taken = AmountText()
    price = AmountText(source="allocation.price", allow_null=True)

    class Meta:
        model = AllocationFill
        fields = [
            "id",
            "created_at",
            "allocation_id",
            "account",
            "state",
            "had",
            "profit",
            "leverage",
            "allocated",
            "taken",
            "price",
            "state_reason",
            "confirmed_at",
            "refused_at",
            "lapsed_at",
        ]
