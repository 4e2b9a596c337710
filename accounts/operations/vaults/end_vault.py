"""A vault ends: what no share stands for is the venue's, and its provider is one as any other."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.vaults import VaultDesk, find_vault
from accounts.desks.withdrawals import require_withdrawable
from accounts.models import Vault
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def end_vault(*, venue_id: UUID, vault_id: UUID, reason: str) -> Vault:
    """End a vault without shares: what is left in it leaves through the venue's door, for good.

    Raises `reason_missing`, `vault_unknown`, `vault_ended`, `vault_in_use` (there are shares, deposits that wait, or
    some of its collateral is held), `withdrawal_barred`, `person_unknown`.
    """
    reason = require_reason(reason)
    desk = VaultDesk(find_vault(venue_id, vault_id), clock.now(), moves=True)
    require_withdrawable(desk.provider)
    desk.end(reason)
    desk.write()
    return desk.vault
