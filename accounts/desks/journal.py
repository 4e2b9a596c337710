"""The only code that moves money: a journal of moves and holds on accounts that are locked for it, as late as can be.

Guarantees that accounts are locked once, by ascending id, only while they are written, that a batch of any size writes
one row a transfer and one net update an account, and that nothing falls below its floor or rises above its ceiling:
neither here, with a clear error, nor in the database underneath.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import connection

from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.models.ledger import BOTTOMLESS_KINDS, OWN_KINDS, VENUE_KINDS, ceiling_of, free_above
from accounts.rules.refusals import AccountRefusal
from backstop.database import Overtaken
from backstop.locks import Lock, lock_rows
from backstop.models import Asset
from backstop.transactions import requires_transaction, was_overtaken
from backstop.values import amounts


class Journal:
    """Accounts read together, what is done to them, and then one write, the last of its transaction.

    Use: `journal = Journal.opened(account_ids)`, any number of `move`, `hold` and `release`, then `journal.write()`.
    Balances that it answers include what was done in it so far. Until the write others may change them too: so nobody
    waits while it is decided by them, and whoever is left with too little tries again.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._posted: dict[UUID, Decimal] = defaultdict(Decimal)
        self._held: dict[UUID, Decimal] = defaultdict(Decimal)
        self._transfers: list[Transfer] = []
        self._locked_too: set[UUID] = set()

    @classmethod
    @requires_transaction
    def opened(cls, account_ids: Iterable[UUID]) -> "Journal":
        """Read these accounts; where the transaction was overtaken, lock them at once, so that it succeeds."""
        ids = set(account_ids)
        return cls.locked(ids) if was_overtaken() else cls(Account.objects.filter(id__in=ids))

    @classmethod
    @requires_transaction
    def locked(cls, account_ids: Iterable[UUID]) -> "Journal":
        """Lock these accounts and read them: what goes with their balances stays as it is too."""
        return cls(lock_rows(Lock.ACCOUNT_ROW, Account.objects.filter(id__in=set(account_ids))))

    def posted(self, account_id: UUID) -> Decimal:
        """What stands in the account, set aside or not; negative where it owes."""
        return amounts.total([self._accounts[account_id].posted, self._posted[account_id]])

    def free(self, account_id: UUID) -> Decimal:
        """What can still be moved out or held."""
        account = self._accounts[account_id]
        held = amounts.total([account.held, self._held[account_id]])
        return free_above(account.floor, posted=self.posted(account_id), held=held)

    def move(self, debit: UUID, credit: UUID, amount: Decimal, purpose: Purpose, subject_id: UUID) -> None:
        """Move `amount` from the debit account to the credit account; a negative one the other way, nothing for zero.

        What either account has too little of shows in `write`, so that the order of moves in a journal is free.
        """
        if amount == 0:
            return
        if amount < 0:
            debit, credit, amount = credit, debit, amount.copy_abs()
        self._posted[debit] = amounts.difference(self._posted[debit], amount)
        self._posted[credit] = amounts.total([self._posted[credit], amount])
        self._transfers.append(
            Transfer(debit_id=debit, credit_id=credit, amount=amount, purpose=purpose, subject_id=subject_id)
        )

    def hold(self, account_id: UUID, amount: Decimal) -> None:
        """Set `amount` of what the account has aside."""
        self._held[account_id] = amounts.total([self._held[account_id], amount])

    def release(self, account_id: UUID, amount: Decimal) -> None:
        """Let go of so much of what is set aside."""
        self.hold(account_id, amount.copy_negate())

    def lock_too(self, account_id: UUID) -> None:
        """Lock it at the write, whether or not anything was done to it: more than its balance hangs on it."""
        self._locked_too.add(account_id)

    @requires_transaction
    def write(self) -> None:
        """Lock the accounts that anything was done to, and those that are to be locked too; write the transfers, and
        each account's net change.

        Raises `funds_insufficient` where an account would fall below its floor, `account_full` where more would stand
        in it or be owed by it than one may hold, and `Overtaken` where that is so only by what others did since it was
        read; nothing is written then.
        """
        touched = sorted(
            account_id
            for account_id in self._posted.keys() | self._held.keys()
            if self._posted[account_id] or self._held[account_id]
        )
        if not touched and not self._transfers and not self._locked_too:
            return
        for account_id in touched:
            self._require_bounds(account_id)
        locked = lock_rows(Lock.ACCOUNT_ROW, Account.objects.filter(id__in={*touched, *self._locked_too}))
        self._accounts |= {account.id: account for account in locked}
        if overtaken := [each for each in touched if self._is_short(each) or self._is_over(each)]:
            raise Overtaken(f"others moved what was free in {len(overtaken)} of {len(touched)} accounts")
        Transfer.objects.bulk_create(self._transfers)
        if not touched:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_account AS a SET posted = a.posted + d.posted, held = a.held + d.held "
                "FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS d (id, posted, held) WHERE a.id = d.id",
                [touched, [self._posted[i] for i in touched], [self._held[i] for i in touched]],
            )

    def _require_bounds(self, account_id: UUID) -> None:
        account = self._accounts[account_id]
        named = f"the {account.kind.lower()} account {account.id}"
        if self._is_short(account_id):
            short = amounts.to_text(self.free(account_id).copy_abs())
            raise AccountRefusal.ACCOUNT_INSUFFICIENT.error(f"{named} is short of {short}")
        if self._is_over(account_id):
            most = amounts.to_text(ceiling_of(account.kind))
            raise AccountRefusal.ACCOUNT_FULL.error(f"{named} would hold, or owe, more than {most}")

    def _is_over(self, account_id: UUID) -> bool:
        return self.posted(account_id).copy_abs() > ceiling_of(self._accounts[account_id].kind)

    def _is_short(self, account_id: UUID) -> bool:
        return self._accounts[account_id].floor is not None and self.free(account_id) < 0


@requires_transaction
def venue_accounts(venue_id: UUID, asset: Asset) -> dict[AccountKind, UUID]:
    """The ids of a venue's own accounts in `asset`, opened where they are not yet."""
    rows = Account.objects.filter(venue_id=venue_id, asset=asset, kind__in=OWN_KINDS).values_list("kind", "id")
    known = {AccountKind(kind): account_id for kind, account_id in rows}
    if len(known) < len(OWN_KINDS):
        Account.objects.bulk_create([_of_venue(venue_id, asset, kind) for kind in OWN_KINDS], ignore_conflicts=True)
        known = {AccountKind(kind): account_id for kind, account_id in rows.all()}
    return known


def accounts_by_asset(kind: AccountKind, assets: Iterable[Asset]) -> dict[UUID, UUID]:
    """The accounts of one kind that their venues have in these assets, by asset, opened where they are not yet."""
    by_id = {asset.id: asset for asset in assets}
    return {key: venue_accounts(asset.venue_id, asset)[kind] for key, asset in by_id.items()}


def _of_venue(venue_id: UUID, asset: Asset, kind: AccountKind) -> Account:
    floor = None if kind in BOTTOMLESS_KINDS else amounts.ZERO
    account = Account(venue_id=venue_id, asset=asset, kind=kind, floor=floor)
    if kind not in VENUE_KINDS:
        account.id = uuid5(asset.id, kind)  # there is one of it, whoever opens it
    return account
