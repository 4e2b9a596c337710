"""Balances, transfers and collateral in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.models import Account, Transfer
from backstop.api.parsing import AmountField, StrictSerializer, TextField


class BalanceOutput(serializers.ModelSerializer[Account]):
    """One account: what it holds, what of that is promised, and what is free."""

    asset = serializers.CharField(source="asset.code")
    posted = AmountField()
    held = AmountField()
    free = AmountField()

    class Meta:
        model = Account
        fields = ["asset", "kind", "posted", "held", "free"]


class TransferOutput(serializers.ModelSerializer[Transfer]):
    """An amount that moved from the debit account to the credit account, each named by its kind."""

    asset = serializers.CharField(source="debit.asset.code")
    debit = serializers.CharField(source="debit.kind")
    credit = serializers.CharField(source="credit.kind")
    amount = AmountField()

    class Meta:
        model = Transfer
        fields = ["id", "created_at", "asset", "debit", "credit", "amount", "purpose", "subject_id"]


class CollateralInput(StrictSerializer):
    provider_id = serializers.UUIDField()
    asset = TextField(max_length=32)
    amount = AmountField(help_text="Below zero: a withdrawal.")
    reference = TextField(max_length=128)


class CollateralOutput(serializers.Serializer[Any]):
    """`id` is the transfer's."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    provider_id = serializers.UUIDField()
    asset = serializers.CharField()
    amount = AmountField()
    reference = serializers.CharField()
