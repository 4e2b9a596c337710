"""The venue's own money comes into its insurance fund or its first tranche, or leaves it."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import FUNDED, find_asset, money_moved, move_once, stake_of_move
from accounts.desks.journal import venue_accounts
from accounts.desks.loss_locks import lock_losses
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.queries import REPAY_WHEN_DUE, sum_owed
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import to_text, total


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

    Raises `asset_unknown`, `amount_not_movable`, `fund_insufficient` also for what insurers are owed who lent to the
    fund, `reference_reused`, `person_unknown`; KeyError for an account of another kind.
    """
    if amount < 0:
        lock_losses([venue_id])  # nothing is lent, or taken out elsewhere, while what is owed to lenders is counted
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
        permitted=lambda: _require_kept_for_lenders(funded, amount),
    )


def _require_kept_for_lenders(funded: Account, amount: Decimal) -> None:
    """Where insurers lent to the fund, as much as they are owed stays in it or in the first tranche: what they lent
    does not leave by this door."""
    if amount > 0 or funded.kind not in REPAY_WHEN_DUE:
        return
    owed = sum_owed(funded.asset_id, clock.now())
    repaying = Account.objects.filter(venue=funded.venue_id, asset=funded.asset_id, kind__in=REPAY_WHEN_DUE)
    left = total([amount, *(account.free for account in repaying)])
    if owed and left < owed:
        raise AccountRefusal.FUND_INSUFFICIENT.error(f"insurers that lent to the fund are owed {to_text(owed)} of it")
