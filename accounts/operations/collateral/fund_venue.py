"""The venue's own money comes into its insurance fund or its first tranche, or leaves it."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import FUNDED, find_asset, money_moved, move_once, stake_of_move
from accounts.desks.journal import venue_accounts
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


def _at_stake(
    *,
    venue_id: UUID,
    asset: str,
    amount: Decimal,
    reference: str,
    reason: str = "",
    account: AccountKind = AccountKind.FUND,
) -> Stake | None:
    scope = FUNDED[account]
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope=scope, reference=reference, comes_in=amount > 0
    )


@operation
@by_two(_at_stake)
def fund_venue(
    *,
    venue_id: UUID,
    asset: str,
    amount: Decimal,
    reference: str,
    reason: str = "",
    account: AccountKind = AccountKind.FUND,
) -> Transfer:
    """Put so much (below zero: take it out) of an asset into the venue's insurance fund, or its first tranche, once by
    reference.

    Raises `asset_unknown`, `amount_not_movable`, `fund_insufficient`, `reference_reused`, `person_unknown`; KeyError
    for an account of another kind.
    """
    row = find_asset(venue_id, asset)
    funded = Account.objects.get(id=venue_accounts(venue_id, row)[account])
    told = money_moved(funded, asset=asset, amount=amount, reference=reference, reason=reason)
    return move_once(
        funded,
        row,
        amount,
        Purpose.FUNDING,
        scope=FUNDED[account],
        reference=reference,
        insufficient=AccountRefusal.FUND_INSUFFICIENT,
        told=told,
    )
