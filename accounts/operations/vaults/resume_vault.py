"""A vault that lost as much as it may goes on, from what it is worth now."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.defaults import require_no_default
from accounts.desks.vaults import VaultDesk, find_vault
from accounts.models import SuspendedFor, Vault
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def resume_vault(*, venue_id: UUID, vault_id: UUID, reason: str) -> Vault:
    """Let its commitments stand again; its high-water mark is what it is worth now.

    Raises `reason_missing`, `vault_unknown`, `vault_not_suspended` (what withdrawals suspended goes on by itself once
    they are paid), `provider_in_default`, `person_unknown`.
    """
    reason = require_reason(reason)
    desk = VaultDesk(find_vault(venue_id, vault_id), clock.now())
    if desk.vault.suspended_for != SuspendedFor.LOSS:
        raise AccountRefusal.VAULT_NOT_SUSPENDED.error()
    require_no_default(desk.provider.id)
    desk.mark(desk.value.leaving)
    desk.resume(reason)
    desk.write()
    return desk.vault
