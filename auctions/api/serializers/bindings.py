"""What binds a provider's money in JSON. Amounts are in units of the asset."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import AccountKind
from auctions.queries.bindings import Binding, BindingKind
from backstop.api.parsing import AmountText

BINDING_ACCOUNTS = [(kind.value, kind.value) for kind in (AccountKind.COLLATERAL, AccountKind.CONTRIBUTION)]
_ADDRESSES: Final = {
    BindingKind.BID: "/v1/bids/{row.id}",
    BindingKind.CUT_BID: "/v1/bids/{row.id}",
    BindingKind.READINESS: "/v1/readiness/{row.id}",
    BindingKind.AWARD: "/v1/settlements/{row.id}",
    BindingKind.FAULT: "/v1/faults/{row.id}",
    BindingKind.COVER: "/v1/covers/{row.id}",
    BindingKind.CLAIM: "/v1/claims/{row.id}",
    BindingKind.LINE: "/v1/covers/{row.id}",
    BindingKind.LOAN: "/v1/covers/{row.id}",
    BindingKind.ASSESSMENT: "/v1/assessments/{row.id}",
    BindingKind.CONTRIBUTION: "/v1/loss-events/{row.id}",
    BindingKind.DEFAULT: "/v1/providers/{row.provider_id}/default",
    BindingKind.VAULT: "/v1/vaults/{row.id}",
    BindingKind.WITHDRAWAL: "/v1/vaults/{row.vault_id}/withdrawals/{row.id}",
}


class BindingOutput(serializers.Serializer[Any]):
    """One hold of a provider's money, or one thing else that keeps it here: the row of that id, at that address."""

    kind: Any = serializers.ChoiceField(BindingKind.choices)
    reference_id = serializers.UUIDField(source="row.id", allow_null=True)
    address = serializers.SerializerMethodField()
    account: Any = serializers.ChoiceField(BINDING_ACCOUNTS, allow_null=True)
    asset = serializers.CharField(source="asset.code", allow_null=True)
    amount = AmountText(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    why = serializers.CharField(source="kind.label")

    def get_address(self, binding: Binding) -> str | None:
        return _ADDRESSES[binding.kind].format(row=binding.row) if binding.row else None
