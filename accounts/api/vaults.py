"""/v1/vaults: providers whose collateral is a pool of deposits; what comes in of their depositors, and leaves."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.reasons import ReasonInput
from accounts.api.serializers.vaults import (
    VaultDepositInput,
    VaultDepositOutput,
    VaultInput,
    VaultOutput,
    VaultWithdrawalInput,
    VaultWithdrawalOutput,
    shown_withdrawal,
)
from accounts.models import Vault, VaultDeposit, VaultWithdrawal
from accounts.operations.vaults.end_vault import end_vault
from accounts.operations.vaults.open_vault import open_vault
from accounts.operations.vaults.queue_withdrawal import queue_withdrawal
from accounts.operations.vaults.resume_vault import resume_vault
from accounts.operations.vaults.take_deposit import take_deposit
from accounts.queries import list_vault_withdrawals, list_vaults
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import Caller, ListView, RowView, by_party


class Vaults(DeedView, ListView):
    """Vaults with their published edges, newest first; a provider asks with `read`, and sees the pool of its own."""

    scope = by_party("collateral")
    write_scope = "providers"
    model = Vault
    serializer_class = VaultOutput

    def listed(self) -> QuerySet[Vault]:
        return list_vaults(self.principal.venue.id)

    @extend_schema(operation_id="openVault", request=VaultInput, responses={201: VaultOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Make a provider that has nothing yet a vault: its collateral is its depositors' from now on."""
        return self.carry_out(self.showing(VaultOutput), open_vault, 201, **self.body(VaultInput))


class OneVault(RowView):
    """One vault: its published edges, and what it is worth."""

    of = Vaults
    unknown = AccountRefusal.VAULT_UNKNOWN


class ResumeVault(DeedView):
    scope = "risk"

    @extend_schema(operation_id="resumeVault", request=ReasonInput, responses={200: VaultOutput, **PENDING})
    def post(self, request: Request, vault_id: UUID) -> Response:
        """Let a vault go on that is suspended for a loss: its high-water mark is what it is worth now."""
        return self.carry_out(self.showing(VaultOutput), resume_vault, vault_id=vault_id, **self.body(ReasonInput))


class EndVault(DeedView):
    scope = "risk"

    @extend_schema(operation_id="endVault", request=ReasonInput, responses={200: VaultOutput, **PENDING})
    def post(self, request: Request, vault_id: UUID) -> Response:
        """End a vault that has no shares any more: what is left in it leaves through the venue's door, and its provider
        is one as any other."""
        return self.carry_out(self.showing(VaultOutput), end_vault, vault_id=vault_id, **self.body(ReasonInput))


class VaultDeposits(DeedView, ListView):
    """Deposits in a vault, newest first; a vault's provider asks with `read`."""

    scope = by_party("collateral")
    write_scope = "collateral"
    model = VaultDeposit
    serializer_class = VaultDepositOutput
    filterset_fields = ["state", "depositor"]

    def listed(self) -> QuerySet[VaultDeposit]:
        return VaultDeposit.objects.filter(**_of(self.principal), vault=self.kwargs["vault_id"])

    @extend_schema(
        operation_id="depositInVault", request=VaultDepositInput, responses={201: VaultDepositOutput, **PENDING}
    )
    def post(self, request: Request, vault_id: UUID) -> Response:
        """Put a depositor's money in, for shares at what the vault is worth; once for each reference. It waits, for a
        day at most, while the venue has not said what the vault's equity is."""
        sent = self.body(VaultDepositInput)
        return self.carry_out(self.showing(VaultDepositOutput), take_deposit, 201, vault_id=vault_id, **sent)


class OneVaultDeposit(RowView):
    """One deposit, and the shares that it was given."""

    of = VaultDeposits
    unknown = AccountRefusal.DEPOSIT_UNKNOWN


class VaultWithdrawals(DeedView, ListView):
    """Shares that leave a vault, newest first; a vault's provider asks with `read`."""

    scope = by_party("collateral")
    write_scope = "collateral"
    model = VaultWithdrawal
    serializer_class = VaultWithdrawalOutput
    filterset_fields = ["state", "depositor"]

    def listed(self) -> QuerySet[VaultWithdrawal]:
        rows = list_vault_withdrawals(self.principal.venue.id)
        return rows.filter(**_of(self.principal), vault=self.kwargs["vault_id"])

    @extend_schema(
        operation_id="withdrawFromVault",
        request=VaultWithdrawalInput,
        responses={201: VaultWithdrawalOutput, **PENDING},
    )
    def post(self, request: Request, vault_id: UUID) -> Response:
        """Let shares of a depositor leave, once for each reference: they are due after the vault's notice, bear its
        losses until they are paid, and are paid in their order, as far as collateral is free, once loss events are
        final that opened before they were due. What nobody could pay within 90 days after it was due is returned,
        and may leave again under another reference."""
        sent = self.body(VaultWithdrawalInput)
        shares = {"shares": int(sent["shares"])}
        return self.carry_out(shown_withdrawal, queue_withdrawal, 201, vault_id=vault_id, **{**sent, **shares})


class OneVaultWithdrawal(RowView):
    """One withdrawal, and what of it is paid."""

    of = VaultWithdrawals
    unknown = AccountRefusal.WITHDRAWAL_UNKNOWN


def _of(principal: Caller) -> dict[str, Any]:
    """Whose vaults' money exists for the caller."""
    own = {"vault__provider": principal.provider} if principal.provider else {}
    return {"vault__venue": principal.venue, **own}
