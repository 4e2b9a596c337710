"""A provider becomes a vault: from now on its collateral is a pool of its depositors'."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset
from accounts.desks.people import find_provider, lock_provider, require_provider_state
from accounts.events import VaultOpened
from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, Holding, Vault
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.bps import BPS_PER_ONE


@operation
@by_two(unmeasured)
def open_vault(
    *,
    venue_id: UUID,
    provider_id: UUID,
    asset: str,
    calm_edge_bps: Decimal,
    stressed_edge_bps: Decimal,
    halted_edge_bps: Decimal,
    max_loss_bps: int,
    notice_seconds: int,
    reason: str,
) -> Vault:
    """A vault of an asset, by its code. Its commitments are proposed and approved as any other's.

    Raises `reason_missing`, `provider_unknown`, `asset_unknown`, `provider_not_in_state`, `vault_refused` (a share may
    lose from 1 to 10,000 basis points, and edges do not fall as markets get worse), `vault_exists`, `vault_not_empty`.
    """
    reason = require_reason(reason)
    provider = lock_provider(find_provider(venue_id, provider_id))
    require_provider_state(provider, ProviderState.ACTIVE)
    row = find_asset(venue_id, asset)
    if not 1 <= max_loss_bps <= BPS_PER_ONE:
        raise AccountRefusal.VAULT_REFUSED.error(f"must be within 1 and {BPS_PER_ONE}", pointer="/max_loss_bps")
    if not calm_edge_bps <= stressed_edge_bps <= halted_edge_bps:
        worse, better = ("stressed", "calm") if stressed_edge_bps < calm_edge_bps else ("halted", "stressed")
        problem = f"must not be below {better}_edge_bps: risk in a worse market costs no less"
        raise AccountRefusal.VAULT_REFUSED.error(problem, pointer=f"/{worse}_edge_bps")
    if notice_seconds < 0:
        raise AccountRefusal.VAULT_REFUSED.error("must not be below zero", pointer="/notice_seconds")
    if Vault.objects.filter(provider=provider).exists():
        raise AccountRefusal.VAULT_EXISTS.error()
    has_money = Account.objects.filter(provider=provider, kind=AccountKind.COLLATERAL).exclude(posted=0).exists()
    if has_money or Holding.objects.filter(provider=provider).exclude(quantity=0).exists():
        raise AccountRefusal.VAULT_NOT_EMPTY.error()
    terms: dict[str, Any] = {
        "calm_edge_bps": calm_edge_bps,
        "stressed_edge_bps": stressed_edge_bps,
        "halted_edge_bps": halted_edge_bps,
        "max_loss_bps": max_loss_bps,
        "notice_seconds": notice_seconds,
    }
    vault = Vault.objects.create(venue_id=venue_id, provider=provider, asset=row, look_at=clock.now(), **terms)
    said = VaultOpened(
        venue_id=venue_id, subject_id=vault.id, provider=provider.id, asset=asset, **terms, reason=reason
    )
    record_events([said])
    return vault
