"""A provider's collateral comes in, or goes out."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.collateral import find_asset, move_once, open_provider_accounts
from accounts.models import AccountKind, Provider, Purpose, Transfer
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


@operation
def move_collateral(*, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str) -> Transfer:
    """Put so much (below zero: take it out) of an asset, by its code, into a provider's collateral, once by reference.

    Raises `provider_unknown`, `asset_unknown`, `amount_not_movable`, `collateral_insufficient`, `reference_reused`.
    """
    provider = Provider.objects.filter(id=provider_id, venue_id=venue_id).first()
    if provider is None:
        raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
    row = find_asset(venue_id, asset)
    account = open_provider_accounts(provider=provider, asset=row)[AccountKind.COLLATERAL]
    purpose = Purpose.DEPOSIT if amount > 0 else Purpose.WITHDRAWAL
    short = AccountRefusal.COLLATERAL_INSUFFICIENT
    return move_once(account, row, amount, purpose, scope="collateral", reference=reference, insufficient=short)
