"""A depositor wants to be paid for shares of a vault: they stand in its queue, and are due after its notice."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_done, stake_of_move, subject_of
from accounts.desks.vaults import VaultDesk, find_vault
from accounts.models import VaultWithdrawal
from accounts.queries.vaults import get_collateral, value_vault
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import from_smallest

WITHDRAWAL = "vault withdrawal"


def _at_stake(*, venue_id: UUID, vault_id: UUID, depositor: str, shares: int, reference: str) -> Stake | None:
    if VaultWithdrawal.objects.filter(id=subject_of(venue_id, WITHDRAWAL, reference)).exists():
        return None
    vault = find_vault(venue_id, vault_id)
    worth = value_vault(vault, get_collateral(vault), clock.now()).leaving.worth_of(shares)
    amount = from_smallest(max(worth, 0), vault.asset.scale)
    return stake_of_move(
        venue_id=venue_id, asset=vault.asset.code, amount=amount, scope=WITHDRAWAL, reference=reference
    )


@operation
@by_two(_at_stake)
def queue_withdrawal(*, venue_id: UUID, vault_id: UUID, depositor: str, shares: int, reference: str) -> VaultWithdrawal:
    """Let so many shares (> 0) of a depositor leave, once by reference. They bear losses until they are paid.

    Raises `vault_unknown`, `reference_reused`, `shares_insufficient` (what leaves already does not count),
    `person_unknown`; ValueError for no shares.
    """
    if shares <= 0:
        raise ValueError("a withdrawal is of one share at least")
    vault = find_vault(venue_id, vault_id)
    withdrawal = VaultWithdrawal(
        id=subject_of(venue_id, WITHDRAWAL, reference),
        vault=vault,
        depositor=depositor,
        shares=Decimal(shares),
        shares_left=Decimal(shares),
        reference=reference,
    )
    if known := find_done(VaultWithdrawal, withdrawal.id, vault_id=vault.id, depositor=depositor, shares=shares):
        return known
    desk = VaultDesk(vault, clock.now())
    withdrawal.due_at = desk.now + timedelta(seconds=desk.vault.notice_seconds)
    if desk.staying(depositor) < withdrawal.shares:
        raise AccountRefusal.SHARES_INSUFFICIENT.error()
    desk.let_leave(withdrawal)
    desk.write()
    return withdrawal
