"""Vaults: providers whose collateral is a pool of deposits, with what of it belongs to whom.

A depositor is the venue's: known here by the name that the venue gives it. Its money comes from outside, through the
clearing account, straight into the pool; what it has for that are shares, and each that it is given, is paid for or
loses is an entry that is never changed.
"""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import VAULT_DEPOSIT, VAULT_WITHDRAWAL, DepositState, WithdrawalState
from accounts.models.people import Provider
from accounts.rules.sharing.vaults import RETURNED_AFTER, Pool
from backstop.models.base import AmountField, EdgeField, Row, SharesField, Stateful, Swept
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import ZERO, difference, total
from backstop.values.bps import BPS_PER_ONE

MAX_DEPOSITOR = 128  # letters


class SuspendedFor(models.TextChoices):
    """Why a vault's commitments are suspended."""

    LOSS = "LOSS", "its shares lost as much as they may"
    UNPAID = "UNPAID", "it owes withdrawals that are due"


class Vault(Row, Swept):
    """A provider's pool of one asset, its published edge in each regime, and the most that a share may lose of what it
    was worth at its high-water mark. Looked at again at `look_at`, until it has ended."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="vaults")
    provider = models.OneToOneField(Provider, models.PROTECT, related_name="vault")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    calm_edge_bps = EdgeField()
    stressed_edge_bps = EdgeField()
    halted_edge_bps = EdgeField()
    max_loss_bps = models.PositiveIntegerField()
    notice_seconds = models.PositiveIntegerField()
    supply = SharesField(default=0)
    high_assets = SharesField(default=0)
    high_supply = SharesField(default=0)
    entries_made = models.PositiveIntegerField(default=0)
    suspended_for = models.CharField(max_length=8, choices=SuspendedFor, blank=True, default="")
    look_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ended_at=None) | Q(supply=0), name="vault_ended_without_shares"),
            models.CheckConstraint(
                condition=Q(max_loss_bps__gte=1, max_loss_bps__lte=BPS_PER_ONE), name="vault_loss_threshold_within"
            ),
            models.CheckConstraint(condition=Q(supply__gte=0, high_supply__gte=0), name="vault_supply_not_negative"),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="vault_of_venue"),
            models.Index(fields=["look_at"], name="vault_to_look_at"),
        ]

    def __str__(self) -> str:
        return f"vault of {self.provider}"

    @property
    def high_water(self) -> Pool:
        """The pool at which a share was worth most."""
        return Pool(int(self.high_assets), int(self.high_supply))


class VaultShare(Row):
    """What a depositor has of a vault; of that, shares are `leaving` that it wants to be paid for."""

    vault = models.ForeignKey(Vault, models.PROTECT, related_name="shares")
    depositor = models.CharField(max_length=MAX_DEPOSITOR)
    shares = SharesField(default=0)
    leaving = SharesField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vault", "depositor"], name="vault_share_one_per_depositor"),
            models.CheckConstraint(
                condition=Q(leaving__gte=0, leaving__lte=F("shares")), name="vault_share_leaving_is_had"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shares} of {self.depositor}"


class VaultDeposit(Row, Stateful):
    """An amount that a depositor puts in, once for each `reference` of the venue: it stays outside while it waits, and
    for good from `take_by` on."""

    lifecycle = VAULT_DEPOSIT

    vault = models.ForeignKey(Vault, models.PROTECT, related_name="deposits")
    depositor = models.CharField(max_length=MAX_DEPOSITOR)
    amount = AmountField()
    reference = models.CharField(max_length=128)
    state = models.CharField(max_length=16, choices=DepositState, default=DepositState.WAITING, editable=False)
    shares = SharesField(default=0)
    take_by = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="vault_deposit_positive"),
            models.CheckConstraint(
                condition=Q(state=DepositState.TAKEN, shares__gt=0) | (~Q(state=DepositState.TAKEN) & Q(shares=0)),
                name="vault_deposit_taken_for_shares",
            ),
        ]
        indexes = [
            models.Index(fields=["vault", "created_at", "id"], name="vault_deposit_of_vault"),
            models.Index(fields=["vault"], condition=Q(state="WAITING"), name="vault_deposit_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class VaultWithdrawal(Row, Stateful):
    """Shares that a depositor wants to be paid for, once for each `reference` of the venue. They are due at `due_at`,
    and bear what the vault loses until each is paid; those left at `returns_at` stay its depositor's."""

    lifecycle = VAULT_WITHDRAWAL

    vault = models.ForeignKey(Vault, models.PROTECT, related_name="withdrawals")
    depositor = models.CharField(max_length=MAX_DEPOSITOR)
    shares = SharesField()
    shares_left = SharesField()
    amount_paid = AmountField(default=0)
    reference = models.CharField(max_length=128)
    state = models.CharField(max_length=16, choices=WithdrawalState, default=WithdrawalState.QUEUED, editable=False)
    due_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shares__gt=0, shares_left__gte=0, shares_left__lte=F("shares")),
                name="vault_withdrawal_left_of_its_shares",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[WithdrawalState.QUEUED, WithdrawalState.RETURNED], shares_left__gt=0)
                | Q(state__in=[WithdrawalState.PAID, WithdrawalState.CANCELLED], shares_left=0),
                name="vault_withdrawal_shares_left_by_state",
            ),
        ]
        indexes = [
            models.Index(fields=["vault", "created_at", "id"], name="vault_withdrawal_of_vault"),
            models.Index(fields=["vault", "due_at"], condition=Q(state="QUEUED"), name="vault_withdrawal_in_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.shares}"

    @property
    def returns_at(self) -> datetime:
        """From when on what is left of it is its depositor's again."""
        return self.due_at + RETURNED_AFTER

    def pay(self, shares: int, amount: Decimal, at: datetime) -> None:
        """So many of its shares are paid; does not save."""
        self.shares_left = difference(self.shares_left, Decimal(shares))
        self.amount_paid = total([self.amount_paid, amount])
        if not self.shares_left:
            self.move_to(WithdrawalState.PAID, at)

    def cancel(self, at: datetime) -> None:
        """Its shares are no more; does not save."""
        self.shares_left = ZERO
        self.move_to(WithdrawalState.CANCELLED, at)


class EntryKind(models.TextChoices):
    """What became of shares."""

    DEPOSIT = "DEPOSIT", "given for a deposit"
    PAYMENT = "PAYMENT", "paid"
    CANCELLED = "CANCELLED", "nothing was left of the vault"


class VaultEntry(Row):
    """Shares that a depositor was given (DEPOSIT) or that are no more, and the amount that moved for them, in a
    transfer of this subject. `assets`, in smallest amounts, and `supply` are those of before, by which it was priced;
    `number` counts the entries of a vault from 1."""

    vault = models.ForeignKey(Vault, models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=EntryKind)
    depositor = models.CharField(max_length=MAX_DEPOSITOR)
    shares = SharesField()
    amount = AmountField()
    assets = SharesField()
    supply = SharesField()
    deposit = models.OneToOneField(VaultDeposit, models.PROTECT, null=True, related_name="entry")
    withdrawal = models.ForeignKey(VaultWithdrawal, models.PROTECT, null=True, related_name="entries")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vault", "number"], name="vault_entry_numbered_once"),
            models.CheckConstraint(condition=Q(shares__gt=0, amount__gte=0), name="vault_entry_of_shares"),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.DEPOSIT, deposit__isnull=False, withdrawal__isnull=True)
                | Q(kind=EntryKind.PAYMENT, deposit__isnull=True, withdrawal__isnull=False)
                | Q(kind=EntryKind.CANCELLED, deposit__isnull=True, withdrawal__isnull=True, amount=0),
                name="vault_entry_for_what_it_was",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="vault_entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        verbose_name_plural = "vault entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.shares}"
