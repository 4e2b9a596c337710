"""One vault, locked with its commitments, its provider and its collateral: what it is worth stays until all is written,
but for what is done here. The venue's door is locked only where money may move.

Guarantees that shares are given and paid for by what the vault is worth at that moment, that each change of them is an
entry, and that no money of a depositor leaves otherwise.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from accounts.desks.collateral import money_moved, open_account
from accounts.desks.commitments import record_commitment
from accounts.desks.defaults import is_in_default
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.people import lock_provider
from accounts.events import (
    CommitmentResumed,
    CommitmentSuspended,
    VaultDepositLapsed,
    VaultDepositTaken,
    VaultEnded,
    VaultResumed,
    VaultSharesCancelled,
    VaultSuspended,
    VaultWithdrawalPaid,
    VaultWithdrawalQueued,
    VaultWithdrawalReturned,
)
from accounts.lifecycle import CommitmentState, DepositState, ProviderState, WithdrawalState
from accounts.models import (
    AccountKind,
    Commitment,
    EntryKind,
    HoldingEntry,
    Purpose,
    SuspendedFor,
    Vault,
    VaultDeposit,
    VaultEntry,
    VaultShare,
    VaultWithdrawal,
)
from accounts.queries.vaults import AtVenue, Valuation, look_at_venue
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.vaults import MOST_SHARES, Pool
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, from_smallest, to_smallest, total

REASONS = {kind.value: str(kind.label) for kind in SuspendedFor}


def find_vault(venue_id: UUID, vault_id: UUID) -> Vault:
    """The venue's vault. Raises `vault_unknown`."""
    vault = Vault.objects.filter(id=vault_id, venue=venue_id).select_related("provider__venue", "asset").first()
    if vault is None:
        raise AccountRefusal.VAULT_UNKNOWN.error(f"this venue has no vault {vault_id}")
    return vault


def require_not_pooled(provider_id: UUID, asset_id: UUID) -> None:
    """Raises `vault_pooled`."""
    if Vault.objects.filter(provider=provider_id, asset=asset_id, ended_at=None).exists():
        raise AccountRefusal.VAULT_POOLED.error()


def require_no_vault(provider_id: UUID) -> None:
    """Of what is offered by hand. Raises `vault_automatic`."""
    if Vault.objects.filter(provider=provider_id, ended_at=None).exists():
        raise AccountRefusal.VAULT_AUTOMATIC.error()


class VaultDesk:
    """What is decided here is written by `write`, last of its transaction. Nothing is taken or paid unless it
    `moves` money. Raises `vault_ended`."""

    @requires_transaction
    def __init__(self, vault: Vault, now: datetime, *, moves: bool = False) -> None:
        rows = Vault.objects.filter(id=vault.id).select_related("provider__venue", "asset")
        (self.vault,) = lock_rows(Lock.VAULT_ROW, rows)
        if self.vault.ended_at is not None:
            raise AccountRefusal.VAULT_ENDED.error()
        self.now, self.moves = now, moves
        self.commitments = lock_rows(
            Lock.COMMITMENT_ROW,
            Commitment.objects.filter(provider=vault.provider_id).select_related("venue", "instrument"),
        )
        self.provider = lock_provider(vault.provider)
        self._account = open_account(kind=AccountKind.COLLATERAL, provider=vault.provider, asset=vault.asset)
        self._clearing = venue_accounts(vault.venue_id, vault.asset)[AccountKind.CLEARING]
        self._journal = Journal.locked([self._account.id, *([self._clearing] if moves else [])])
        self._shares: dict[str, VaultShare] = {}
        self._changed: list[Any] = [self.vault]
        self._entries: list[VaultEntry] = []
        self._told: list[Any] = []

    @property
    def value(self) -> Valuation:
        """What the vault is worth now, with what was done here so far."""
        return self._at_venue.value(self.vault, self._journal.posted(self._account.id))

    @property
    def is_worthless(self) -> bool:
        """Whether it is known that nothing is left of what there are shares of."""
        value = self.value
        return value.is_known and value.leaving.assets <= 0 < value.leaving.supply

    @property
    def takes_deposits(self) -> bool:
        """Whether it is known what a deposit is worth, of a provider that is neither gone nor in default, and waits for
        no edge of what it was awarded: that is for those who bear it."""
        is_known = self.value.is_known and not self._awaits_settlement
        return self.moves and self._is_sound and is_known and not self.is_worthless

    @property
    def free(self) -> int:
        """What of the pool may leave, in smallest amounts."""
        return to_smallest(max(self._journal.free(self._account.id), ZERO), self.vault.asset.scale)

    @requires_transaction
    def share_of(self, depositor: str) -> VaultShare:
        """What a depositor has; nothing where it never had any."""
        if depositor not in self._shares:
            VaultShare.objects.bulk_create([VaultShare(vault=self.vault, depositor=depositor)], ignore_conflicts=True)
            self.load_shares([depositor])
        return self._shares[depositor]

    def load_shares(self, depositors: Iterable[str]) -> None:
        """Have at hand what these depositors have."""
        shares = VaultShare.objects.filter(vault=self.vault, depositor__in={*depositors})
        self._shares |= {share.depositor: share for share in shares}

    def take(self, deposit: VaultDeposit) -> bool:
        """Take a deposit that waits, at what the vault is worth; whether that bought any shares."""
        pool, scale = self.value.coming, self.vault.asset.scale
        shares = pool.shares_for(to_smallest(deposit.amount, scale))
        if not shares or pool.supply + shares > MOST_SHARES:
            return False
        deposit.move_to(DepositState.TAKEN, self.now)
        deposit.shares = Decimal(shares)
        share = self.share_of(deposit.depositor)
        share.shares = total([share.shares, deposit.shares])
        entry = self._enter(EntryKind.DEPOSIT, deposit.depositor, shares, deposit.amount, pool, deposit=deposit)
        money = entry.amount, Purpose.DEPOSIT, entry.id, deposit.reference
        self._move(self._clearing, self._account.id, *money)
        self.tell_deposit(VaultDepositTaken, deposit, shares=deposit.shares)
        return True

    def let_lapse(self, deposit: VaultDeposit) -> None:
        """It stays outside."""
        deposit.move_to(DepositState.LAPSED, self.now)
        self.tell_deposit(VaultDepositLapsed, deposit)

    def staying(self, depositor: str) -> Decimal:
        """The shares of a depositor that do not leave yet."""
        share = VaultShare.objects.filter(vault=self.vault, depositor=depositor).first()
        return difference(share.shares, share.leaving) if share else ZERO

    @requires_transaction
    def let_leave(self, withdrawal: VaultWithdrawal) -> None:
        """Let a withdrawal of shares that do not leave yet stand in the queue."""
        share = self.share_of(withdrawal.depositor)
        share.leaving = total([share.leaving, withdrawal.shares])
        withdrawal.save(force_insert=True)
        said = {"depositor": withdrawal.depositor, "shares": withdrawal.shares, "reference": withdrawal.reference}
        self.tell(VaultWithdrawalQueued, **said, due_at=withdrawal.due_at)

    def pay(self, withdrawal: VaultWithdrawal) -> None:
        """Pay as many of its shares as what is free allows for."""
        pool, scale = self.value.leaving, self.vault.asset.scale
        shares = pool.shares_paid(self.free, int(withdrawal.shares_left))
        if not shares:
            return
        amount = from_smallest(pool.worth_of(shares), scale)
        withdrawal.pay(shares, amount, self.now)
        self._lose(withdrawal.depositor, Decimal(shares))
        entry = self._enter(EntryKind.PAYMENT, withdrawal.depositor, shares, amount, pool, withdrawal=withdrawal)
        money = entry.amount, Purpose.WITHDRAWAL, entry.id, withdrawal.reference
        self._move(self._account.id, self._clearing, *money)
        self._changed.append(withdrawal)
        self.tell(
            VaultWithdrawalPaid,
            depositor=withdrawal.depositor,
            shares=Decimal(shares),
            reference=withdrawal.reference,
            asset=self.vault.asset.code,
            amount=amount,
            shares_left=withdrawal.shares_left,
        )

    def give_back(self, withdrawal: VaultWithdrawal) -> None:
        """What is left of its shares stays its depositor's, which may ask for it again."""
        withdrawal.move_to(WithdrawalState.RETURNED, self.now)
        share = self.share_of(withdrawal.depositor)
        share.leaving = difference(share.leaving, withdrawal.shares_left)
        self._changed.append(withdrawal)
        said = {"depositor": withdrawal.depositor, "shares": withdrawal.shares_left, "reference": withdrawal.reference}
        self.tell(VaultWithdrawalReturned, **said)

    def cancel_shares(self, queued: Iterable[VaultWithdrawal]) -> None:
        """Nothing is left: there are no shares any more, nor withdrawals of them."""
        pool, scale = self.value.leaving, self.vault.asset.scale
        for withdrawal in queued:
            withdrawal.cancel(self.now)
            self._changed.append(withdrawal)
        for share in VaultShare.objects.filter(vault=self.vault, shares__gt=0).order_by("depositor"):
            self._shares[share.depositor] = share
            before = Pool(pool.assets, int(self.vault.supply))
            self._enter(EntryKind.CANCELLED, share.depositor, int(share.shares), ZERO, before)
            share.shares = share.leaving = ZERO
        said = {"assets": from_smallest(pool.assets, scale), "shares": Decimal(pool.supply)}
        self.tell(VaultSharesCancelled, asset=self.vault.asset.code, **said)

    def end(self, reason: str) -> None:
        """It is none any more, and what is left in it leaves. Raises `vault_in_use`."""
        rest = self._journal.posted(self._account.id)
        waits = self.vault.deposits.filter(state=DepositState.WAITING).exists()
        if self.vault.supply or waits or rest != self._journal.free(self._account.id):
            raise AccountRefusal.VAULT_IN_USE.error()
        self.vault.ended_at = self.now
        whose = {"venue_id": self.vault.venue_id, "subject_id": self.vault.id, "provider": self.vault.provider_id}
        self._told.append(VaultEnded(**whose, reason=reason))
        self._move(self._account.id, self._clearing, rest, Purpose.WITHDRAWAL, self.vault.id, f"end of {self.vault.id}")

    def mark(self, pool: Pool) -> None:
        """Let its high-water mark be this."""
        self.vault.high_assets, self.vault.high_supply = Decimal(pool.assets), Decimal(pool.supply)

    def suspend(self, kind: SuspendedFor) -> None:
        """Nothing is taken from its commitments, whoever let them stand again meanwhile."""
        for commitment in self.commitments:
            if commitment.state == CommitmentState.ACTIVE:
                commitment.suspend(REASONS[kind], self.now)
                record_commitment(commitment, CommitmentSuspended, reason=REASONS[kind])
        if self.vault.suspended_for != kind:
            self.vault.suspended_for = kind
            self.tell(VaultSuspended, suspended_for=kind.value)

    def resume(self, reason: str) -> None:
        """Those of its commitments stand again that were suspended with the vault, and by nobody else."""
        for commitment in self.commitments:
            if commitment.state == CommitmentState.SUSPENDED and commitment.state_reason in REASONS.values():
                commitment.resume(reason, self.now)
                record_commitment(commitment, CommitmentResumed, reason=reason)
        if self.vault.suspended_for:
            self.vault.suspended_for = ""
            self.tell(VaultResumed, reason=reason)

    def tell(self, kind: Callable[..., ProviderEvent], **payload: Any) -> None:
        """Record what became of the vault; `payload` is what this kind of event says beyond whose it is."""
        whose = {
            "venue_id": self.vault.venue_id,
            "subject_id": self.vault.id,
            "provider_id": self.vault.provider_id,
        }
        self._told.append(kind(**whose, **payload))

    @requires_transaction
    def write(self, deposits: Sequence[VaultDeposit] = ()) -> None:
        """Write all of it; `deposits` are those that something became of."""
        save_changes([*self._changed, *self.commitments, *deposits, *self._shares.values()])
        VaultEntry.objects.bulk_create(self._entries)
        record_events(self._told)
        self._journal.write()

    @cached_property
    def _at_venue(self) -> AtVenue:
        return look_at_venue(self.vault, self.now)

    @cached_property
    def _awaits_settlement(self) -> bool:
        awarded = HoldingEntry.objects.filter(holding__provider=self.provider, settlement_sequence=None)
        return awarded.exists()

    @cached_property
    def _is_sound(self) -> bool:
        return self.provider.state != ProviderState.ENDED and not is_in_default(self.provider.id)

    def _enter(
        self, kind: EntryKind, depositor: str, shares: int, amount: Decimal, before: Pool, **of: Any
    ) -> VaultEntry:
        self.vault.entries_made += 1
        entry = VaultEntry(
            id=uuid4(),
            vault=self.vault,
            number=self.vault.entries_made,
            kind=kind,
            depositor=depositor,
            shares=Decimal(shares),
            amount=amount,
            assets=Decimal(before.assets),
            supply=Decimal(before.supply),
            **of,
        )
        given = entry.shares if kind == EntryKind.DEPOSIT else entry.shares.copy_negate()
        self.vault.supply = total([self.vault.supply, given])
        self._entries.append(entry)
        return entry

    def _lose(self, depositor: str, shares: Decimal) -> None:
        share = self.share_of(depositor)
        share.shares, share.leaving = difference(share.shares, shares), difference(share.leaving, shares)

    def _move(
        self, debit: UUID, credit: UUID, amount: Decimal, purpose: Purpose, subject_id: UUID, reference: str
    ) -> None:
        if not amount:
            return
        self._journal.move(debit, credit, amount, purpose, subject_id)
        signed = amount if credit == self._account.id else amount.copy_negate()
        told = money_moved(
            self._account, asset=self.vault.asset.code, amount=signed, reference=reference, reason=str(purpose.label)
        )
        self._told.append(told(subject_id))

    def tell_deposit(self, kind: Callable[..., ProviderEvent], deposit: VaultDeposit, **payload: Any) -> None:
        """Record what became of a deposit."""
        said = {"depositor": deposit.depositor, "asset": self.vault.asset.code, "amount": deposit.amount}
        self.tell(kind, **said, reference=deposit.reference, **payload)
