"""Balances and transfers in JSON."""

from rest_framework import serializers

from accounts.models import Account, Transfer
from backstop.api.parsing import AmountText


class BalanceOutput(serializers.ModelSerializer[Account]):
    """One account: what it holds, what of that is promised, and what is free."""

    asset = serializers.CharField(source="asset.code")
    posted = AmountText()
    held = AmountText()
    free = AmountText()

    class Meta:
        model = Account
        fields = ["asset", "kind", "posted", "held", "free"]


class TransferOutput(serializers.ModelSerializer[Transfer]):
    """An amount that moved from the debit account to the credit account, each named by its kind."""

    asset = serializers.CharField(source="debit.asset.code")
    debit = serializers.CharField(source="debit.kind")
    credit = serializers.CharField(source="credit.kind")
    amount = AmountText()

    class Meta:
        model = Transfer
        fields = ["id", "created_at", "asset", "debit", "credit", "amount", "purpose", "subject_id"]
