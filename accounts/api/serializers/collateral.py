"""Money that the venue puts in, takes out or moves into its fund, in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.desks.collateral import FUNDED
from accounts.models import AccountKind
from accounts.operations.collateral.collect_fees import EARNED
from backstop.api.parsing import AmountText, ChoiceText, IdField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON

FILLED_ACCOUNTS = [(kind.value, kind.label) for kind in FUNDED]


class MoneyInput(StrictSerializer):
    asset = TextField(max_length=32)
    amount = AmountText(help_text="Below zero: a withdrawal.")
    reference = TextField(max_length=128, help_text="Money moves once for each.")


class CollateralInput(MoneyInput):
    provider_id = IdField()
    reason = TextField(max_length=MAX_REASON, required=False, allow_blank=True, default="")


class ContributionInput(MoneyInput):
    provider_id = IdField()
    reason = TextField(max_length=MAX_REASON)


class FundInput(MoneyInput):
    account = ChoiceText(FILLED_ACCOUNTS, required=False, default=AccountKind.FUND.value)
    reason = TextField(max_length=MAX_REASON)

    def validate_account(self, account: str) -> AccountKind:
        return AccountKind(account)


class FeesInput(MoneyInput):
    account = ChoiceText([(kind.value, kind.label) for kind in EARNED])
    into = ChoiceText(FILLED_ACCOUNTS, required=False, default=AccountKind.FUND.value)
    amount = AmountText(positive=True)
    reason = TextField(max_length=MAX_REASON)

    def validate_account(self, account: str) -> AccountKind:
        return AccountKind(account)

    def validate_into(self, into: str) -> AccountKind:
        return AccountKind(into)


class CollateralOutput(serializers.Serializer[Any]):
    """`id` is the transfer's."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    provider_id = serializers.UUIDField()
    asset = serializers.CharField()
    amount = AmountText()
    reference = serializers.CharField()
    reason = serializers.CharField()


class FundOutput(serializers.Serializer[Any]):
    """`id` is the transfer's."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    asset = serializers.CharField()
    amount = AmountText()
    reference = serializers.CharField()
    reason = serializers.CharField()
    account = serializers.CharField()
