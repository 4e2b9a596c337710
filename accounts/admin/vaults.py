"""Vaults: what they are worth, whose they are, who comes and who leaves."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from accounts.models import Provider, SuspendedFor, Vault, VaultDeposit, VaultEntry, VaultShare, VaultWithdrawal
from accounts.models.vaults import MAX_DEPOSITOR
from accounts.operations.vaults.end_vault import end_vault
from accounts.operations.vaults.open_vault import open_vault
from accounts.operations.vaults.queue_withdrawal import queue_withdrawal
from accounts.operations.vaults.resume_vault import resume_vault
from accounts.operations.vaults.take_deposit import take_deposit
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.values.bps import BPS_PER_ONE


@admin.register(Vault)
class VaultAdmin(Doing):
    """Providers whose collateral is a pool of deposits; opened on the page of a provider."""

    related = ("venue", "provider", "asset")
    list_display = ("provider", "venue", "asset", "supply", "suspended_for", "max_loss_bps", "notice_seconds")
    list_filter = ("venue", "suspended_for", ("parked_reason", admin.EmptyFieldListFilter))
    search_fields = ("provider__name", "=id")
    deeds = (
        Deed(
            "deposit",
            "Put a deposit in",
            lambda vault, reason, **said: take_deposit(venue_id=vault.venue_id, vault_id=vault.id, **said),
            lambda vault: vault.ended_at is None,
            fields=lambda vault: {**_depositor(), "amount": forms.DecimalField(min_value=0), **_reference()},
            permission="accounts.change_account",
        ),
        Deed(
            "leave",
            "Let shares leave",
            lambda vault, reason, **said: queue_withdrawal(venue_id=vault.venue_id, vault_id=vault.id, **said),
            lambda vault: vault.ended_at is None,
            fields=lambda vault: {**_depositor(), "shares": forms.IntegerField(min_value=1), **_reference()},
            permission="accounts.change_account",
        ),
        Deed(
            "resume",
            "Let it go on",
            lambda vault, **said: resume_vault(venue_id=vault.venue_id, vault_id=vault.id, **said),
            lambda vault: vault.suspended_for == SuspendedFor.LOSS and vault.ended_at is None,
        ),
        Deed(
            "end",
            "End it, and let what is left leave",
            lambda vault, **said: end_vault(venue_id=vault.venue_id, vault_id=vault.id, **said),
            lambda vault: vault.ended_at is None and not vault.supply,
            permission="accounts.change_account",
        ),
    )


@admin.register(VaultShare)
class VaultShareAdmin(Shown):
    """What each depositor has of a vault."""

    related = ("vault__provider", "vault__asset")
    list_display = ("vault", "depositor", "shares", "leaving")
    list_filter = ("vault__venue",)
    search_fields = ("depositor", "=vault__id")


@admin.register(VaultDeposit)
class VaultDepositAdmin(Shown):
    """What was put in, or waits to be."""

    related = ("vault__provider", "vault__asset")
    money = ("amount",)
    money_in = "vault.asset"
    list_display = ("vault", "depositor", "amount", "state", "shares", "reference", "created_at", "take_by")
    list_filter = ("vault__venue", "state", "created_at")
    search_fields = ("depositor", "reference", "=vault__id")


@admin.register(VaultWithdrawal)
class VaultWithdrawalAdmin(Shown):
    """Who wants to be paid, and what is paid of it."""

    related = ("vault__provider", "vault__asset")
    money = ("amount_paid",)
    money_in = "vault.asset"
    list_display = ("vault", "depositor", "shares", "shares_left", "amount_paid", "state", "reference", "due_at")
    list_filter = ("vault__venue", "state", "due_at")
    search_fields = ("depositor", "reference", "=vault__id")


@admin.register(VaultEntry)
class VaultEntryAdmin(Shown):
    """Each change of shares, with what the vault was worth before it."""

    related = ("vault__provider", "vault__asset", "deposit", "withdrawal")
    money = ("amount", "assets")
    money_in = "vault.asset"
    list_display = ("vault", "number", "kind", "depositor", "shares", "amount", "assets", "supply", "created_at")
    list_filter = ("vault__venue", "kind", "created_at")
    search_fields = ("depositor", "=vault__id")


def _depositor() -> Mapping[str, forms.Field]:
    return {"depositor": forms.CharField(max_length=MAX_DEPOSITOR, help_text="By the venue's name for it.")}


def _reference() -> Mapping[str, forms.Field]:
    return {"reference": forms.CharField(max_length=128)}


def _edge(regime: str) -> forms.Field:
    return forms.DecimalField(help_text=f"What its commitments ask for in a market that is {regime}.")


def _terms(provider: Provider) -> Mapping[str, forms.Field]:
    return {
        "asset": forms.ModelChoiceField(provider.venue.assets.order_by("code")),
        "calm_edge_bps": _edge("calm"),
        "stressed_edge_bps": _edge("stressed"),
        "halted_edge_bps": _edge("halted"),
        "max_loss_bps": forms.IntegerField(
            min_value=1,
            max_value=BPS_PER_ONE,
            help_text="What a share may lose of its worth at the high-water mark until its commitments are suspended.",
        ),
        "notice_seconds": forms.IntegerField(min_value=0, help_text="After how long a withdrawal is due."),
    }


def _open(provider: Provider, **said: Any) -> object:
    said = {**said, "asset": said["asset"].code}
    return open_vault(venue_id=provider.venue_id, provider_id=provider.id, **said)


add_deeds(
    Provider,
    Deed("vault", "Make it a vault", _open, lambda row: True, fields=_terms),
)
