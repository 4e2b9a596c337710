"""Refills in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers.collateral import FILLED_ACCOUNTS
from accounts.lifecycle import RefillState
from accounts.models import Refill
from backstop.api.parsing import AmountText


class RefillOutput(serializers.ModelSerializer[Refill]):
    """A tranche that had less than its `target`."""

    account = serializers.ChoiceField(FILLED_ACCOUNTS, source="account.kind")
    asset = serializers.CharField(source="account.asset.code")
    target = AmountText()
    missing = AmountText()
    state: Any = serializers.ChoiceField(RefillState.choices)

    class Meta:
        model = Refill
        fields = [
            "id",
            "created_at",
            "account",
            "asset",
            "target",
            "missing",
            "state",
            "called_at",
            "refill_by",
            "filled_at",
            "missed_at",
        ]
