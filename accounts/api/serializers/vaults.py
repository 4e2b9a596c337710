"""Vaults in JSON. Amounts are in units of the vault's asset; shares are whole numbers in a string."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import DepositState, WithdrawalState
from accounts.models import SuspendedFor, Vault, VaultDeposit, VaultWithdrawal
from accounts.models.vaults import MAX_DEPOSITOR
from accounts.queries import get_collateral, list_vault_withdrawals, value_vault
from backstop import clock
from backstop.api.parsing import AmountText, EdgeText, IdField, StrictSerializer, TextField, WholeField, invalid
from backstop.models.base import MAX_REASON
from backstop.refusals import GroundRefusal
from backstop.values.amounts import SHARES_DIGITS, from_smallest, total
from backstop.values.bps import BPS_PER_ONE


class SharesText(AmountText):
    """A whole number of shares in a string: at least one."""

    digits = f"[0-9]{{{{1,{SHARES_DIGITS}}}}}"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"scale": 0, "positive": True, **options})

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            raise invalid(GroundRefusal.DECIMAL_NOT_TEXT)
        if not re.fullmatch(self.pattern, data, re.ASCII):
            raise invalid(GroundRefusal.DECIMAL_REFUSED, message='must be a whole number of shares, such as "1999"')
        return Decimal(data)


class VaultInput(StrictSerializer):
    provider_id = IdField()
    asset = TextField(max_length=32)
    calm_edge_bps = EdgeText()
    stressed_edge_bps = EdgeText()
    halted_edge_bps = EdgeText()
    max_loss_bps = WholeField(minimum=1, maximum=BPS_PER_ONE)
    notice_seconds = WholeField()
    reason = TextField(max_length=MAX_REASON)


class PoolOutput(serializers.Serializer[Any]):
    """What a vault is worth, and whose it is. `is_known` false: the venue has not said what its equity is with all its
    settlements, deposits wait, and this stands in for it."""

    assets = AmountText()
    collateral = AmountText()
    supply = SharesText()
    leaving = SharesText()
    is_known = serializers.BooleanField()


class VaultOutput(serializers.ModelSerializer[Vault]):
    """A vault; `pool` null: it is another provider's."""

    provider_id = serializers.UUIDField()
    provider = serializers.CharField(source="provider.name")
    asset = serializers.CharField(source="asset.code")
    calm_edge_bps = EdgeText()
    stressed_edge_bps = EdgeText()
    halted_edge_bps = EdgeText()
    suspended_for = serializers.SerializerMethodField()
    pool = serializers.SerializerMethodField()

    class Meta:
        model = Vault
        fields = [
            "id",
            "created_at",
            "provider_id",
            "provider",
            "asset",
            "calm_edge_bps",
            "stressed_edge_bps",
            "halted_edge_bps",
            "max_loss_bps",
            "notice_seconds",
            "suspended_for",
            "ended_at",
            "pool",
        ]

    @extend_schema_field(serializers.ChoiceField([kind.value for kind in SuspendedFor], allow_null=True))
    def get_suspended_for(self, vault: Vault) -> str | None:
        return vault.suspended_for or None

    @extend_schema_field(PoolOutput(allow_null=True))
    def get_pool(self, vault: Vault) -> Any:
        user: Any = self.context["request"].user
        if user.provider is not None and user.provider.id != vault.provider_id:
            return None
        collateral = get_collateral(vault)
        value = value_vault(vault, collateral, clock.now())
        leaving = vault.shares.exclude(leaving=0).values_list("leaving", flat=True)
        said = {
            "assets": from_smallest(value.leaving.assets, vault.asset.scale),
            "collateral": collateral,
            "supply": vault.supply,
            "leaving": total(leaving),
            "is_known": value.is_known,
        }
        return PoolOutput(said).data


class VaultDepositInput(StrictSerializer):
    depositor = TextField(max_length=MAX_DEPOSITOR)
    amount = AmountText(positive=True)
    reference = TextField(max_length=128)


class VaultDepositOutput(serializers.ModelSerializer[VaultDeposit]):
    """A deposit; while it waits, and once it lapsed, its money is outside, and it has no shares."""

    vault_id = serializers.UUIDField()
    state = serializers.ChoiceField(DepositState.choices)
    amount = AmountText()
    shares = SharesText()

    class Meta:
        model = VaultDeposit
        fields = [
            "id",
            "created_at",
            "vault_id",
            "depositor",
            "amount",
            "reference",
            "state",
            "shares",
            "take_by",
            "taken_at",
            "lapsed_at",
        ]


class VaultWithdrawalInput(StrictSerializer):
    depositor = TextField(max_length=MAX_DEPOSITOR)
    shares = SharesText()
    reference = TextField(max_length=128)


class VaultWithdrawalOutput(serializers.ModelSerializer[VaultWithdrawal]):
    """Shares that leave. `shares_left` of them stand in the queue, and bear losses; none of them is paid before the
    loss event that they wait for is final. Once it is RETURNED they leave no more."""

    vault_id = serializers.UUIDField()
    state = serializers.ChoiceField(WithdrawalState.choices)
    shares = SharesText()
    shares_left = SharesText()
    amount_paid = AmountText()
    waits_for = serializers.UUIDField(allow_null=True)

    class Meta:
        model = VaultWithdrawal
        fields = [
            "id",
            "created_at",
            "vault_id",
            "depositor",
            "shares",
            "shares_left",
            "amount_paid",
            "reference",
            "state",
            "due_at",
            "waits_for",
            "paid_at",
            "cancelled_at",
            "returned_at",
        ]


def shown_withdrawal(withdrawal: VaultWithdrawal) -> Any:
    """A withdrawal as it is answered with after it was queued."""
    return dict(VaultWithdrawalOutput(list_vault_withdrawals(withdrawal.vault.venue_id).get(id=withdrawal.id)).data)
