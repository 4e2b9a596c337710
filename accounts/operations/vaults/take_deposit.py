"""A depositor puts money into a vault, for shares at what it is worth now; where that is not known, the money waits."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import NOT_ENDED, find_done, require_above_zero, stake_of_move, subject_of
from accounts.desks.defaults import require_no_default
from accounts.desks.people import require_provider_state
from accounts.desks.vaults import VaultDesk, find_vault
from accounts.events import VaultDepositWaits
from accounts.models import VaultDeposit
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation

WAITS = timedelta(days=1)
DEPOSIT = "vault deposit"


def _at_stake(*, venue_id: UUID, vault_id: UUID, depositor: str, amount: Decimal, reference: str) -> Stake | None:
    if VaultDeposit.objects.filter(id=subject_of(venue_id, DEPOSIT, reference)).exists():
        return None
    asset = find_vault(venue_id, vault_id).asset.code
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope=DEPOSIT, reference=reference, comes_in=True
    )


@operation
@by_two(_at_stake)
def take_deposit(*, venue_id: UUID, vault_id: UUID, depositor: str, amount: Decimal, reference: str) -> VaultDeposit:
    """Give `depositor`, by the venue's name for it, shares for so much (> 0) that came in through the venue, once by
    reference. The deposit waits, for a day at most, where the venue has not said what the vault's equity is with all
    its settlements, an award of it is not settled, or its shares are about to be cancelled.

    Raises `vault_unknown`, `amount_not_movable`, `reference_reused`, `deposit_worthless` (it buys no share),
    `provider_not_in_state`, `provider_in_default`, `person_unknown`.
    """
    vault = find_vault(venue_id, vault_id)
    deposit = VaultDeposit(
        id=subject_of(venue_id, DEPOSIT, reference),
        vault=vault,
        depositor=depositor,
        amount=amount,
        reference=reference,
    )
    if known := find_done(VaultDeposit, deposit.id, vault_id=vault.id, depositor=depositor, amount=amount):
        return known
    require_above_zero(amount, vault.asset, "deposited")
    desk = VaultDesk(vault, clock.now(), moves=True)
    require_provider_state(desk.provider, *NOT_ENDED)
    require_no_default(desk.provider.id)
    deposit.take_by = desk.now + WAITS
    deposit.save(force_insert=True)
    if desk.takes_deposits:
        if not desk.take(deposit):
            raise AccountRefusal.DEPOSIT_WORTHLESS.error()
    else:
        desk.tell_deposit(VaultDepositWaits, deposit, take_by=deposit.take_by)
    desk.write([deposit])
    return deposit
