"""A provider's collateral comes in, or goes out."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, money_moved, move_once, open_account, stake_of_move
from accounts.desks.people import find_provider
from accounts.desks.vaults import require_not_pooled
from accounts.desks.withdrawals import require_withdrawable
from accounts.models import AccountKind, Provider, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop.models import Asset
from backstop.transactions import operation


def _at_stake(
    *, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str, reason: str = ""
) -> Stake | None:
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope="collateral", reference=reference, comes_in=amount > 0
    )


@operation
@by_two(_at_stake)
def move_collateral(
    *, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str, reason: str = ""
) -> Transfer:
    """Put so much (below zero: take it out) of an asset, by its code, into a provider's collateral, once by reference.

    Raises `provider_unknown`, `asset_unknown`, `amount_not_movable`, `collateral_insufficient`, `reference_reused`,
    `person_unknown`, `provider_not_in_state` (nothing comes in for one that has ended), `withdrawal_barred` (nothing
    goes out while its equity at the venue is below its requirement in any asset, or it is declared in default),
    `vault_pooled` (what comes in for a vault, in its asset, is a gift to its depositors, and leaves for their shares
    alone).
    """
    provider = find_provider(venue_id, provider_id)
    row = find_asset(venue_id, asset)
    account = open_account(kind=AccountKind.COLLATERAL, provider=provider, asset=row)
    return move_once(
        account,
        row,
        amount,
        Purpose.DEPOSIT if amount > 0 else Purpose.WITHDRAWAL,
        scope="collateral",
        reference=reference,
        insufficient=AccountRefusal.COLLATERAL_INSUFFICIENT,
        permitted=lambda: _require_may_leave(provider, row) if amount < 0 else None,
        told=money_moved(account, asset=asset, amount=amount, reference=reference, reason=reason),
    )


def _require_may_leave(provider: Provider, asset: Asset) -> None:
    require_withdrawable(provider)
    require_not_pooled(provider.id, asset.id)
