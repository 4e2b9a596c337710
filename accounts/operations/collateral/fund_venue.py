"""The venue's own money comes into its insurance fund, or leaves it."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.collateral import find_asset, move_once
from accounts.desks.journal import venue_accounts
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


@operation
def fund_venue(*, venue_id: UUID, asset: str, amount: Decimal, reference: str) -> Transfer:
    """Put so much (below zero: take it out) of an asset into the venue's insurance fund, once by reference.

    Raises `asset_unknown`, `amount_not_movable`, `fund_insufficient`, `reference_reused`.
    """
    row = find_asset(venue_id, asset)
    fund = Account.objects.get(id=venue_accounts(venue_id, row)[AccountKind.FUND])
    short = AccountRefusal.FUND_INSUFFICIENT
    return move_once(fund, row, amount, Purpose.FUNDING, scope="fund", reference=reference, insufficient=short)
