"""The venue's own money comes into its insurance fund, or leaves it."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, money_moved, move_once, stake_of_move
from accounts.desks.journal import venue_accounts
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


def _at_stake(*, venue_id: UUID, asset: str, amount: Decimal, reference: str, reason: str = "") -> Stake | None:
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope="fund", reference=reference, comes_in=amount > 0
    )


@operation
@by_two(_at_stake)
def fund_venue(*, venue_id: UUID, asset: str, amount: Decimal, reference: str, reason: str = "") -> Transfer:
    """Put so much (below zero: take it out) of an asset into the venue's insurance fund, once by reference.

    Raises `asset_unknown`, `amount_not_movable`, `fund_insufficient`, `reference_reused`, `person_unknown`.
    """
    row = find_asset(venue_id, asset)
    fund = Account.objects.get(id=venue_accounts(venue_id, row)[AccountKind.FUND])
    told = money_moved(fund, asset=asset, amount=amount, reference=reference, reason=reason)
    short = AccountRefusal.FUND_INSUFFICIENT
    return move_once(
        fund, row, amount, Purpose.FUNDING, scope="fund", reference=reference, insufficient=short, told=told
    )
