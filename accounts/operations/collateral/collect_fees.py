"""What the venue earned, in liquidation fees or penalties, moves into its insurance fund or its first tranche."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import FUNDED, find_asset, move_once, stake_of_move
from accounts.desks.journal import venue_accounts
from accounts.events import FeesCollected
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation

EARNED = (AccountKind.FEES, AccountKind.PENALTIES)


def _at_stake(
    *,
    venue_id: UUID,
    account: AccountKind,
    asset: str,
    amount: Decimal,
    reference: str,
    reason: str,
    into: AccountKind = AccountKind.FUND,
) -> Stake | None:
    return stake_of_move(venue_id=venue_id, asset=asset, amount=amount, scope=account, reference=reference)


@operation
@by_two(_at_stake)
def collect_fees(
    *,
    venue_id: UUID,
    account: AccountKind,
    asset: str,
    amount: Decimal,
    reference: str,
    reason: str,
    into: AccountKind = AccountKind.FUND,
) -> Transfer:
    """Move so much (> 0) of an asset from the venue's fees or penalties into its fund, or its first tranche, once by
    reference.

    Raises `reason_missing`, `asset_unknown`, `amount_not_movable`, `fees_insufficient`, `reference_reused`,
    `person_unknown`; ValueError for accounts of other kinds.
    """
    if account not in EARNED or into not in FUNDED:
        raise ValueError(f"nothing is collected from {account} into {into}")
    reason = require_reason(reason)
    row = find_asset(venue_id, asset)
    if amount <= 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error("only what is above zero can be collected")
    filled = Account.objects.get(id=venue_accounts(venue_id, row)[into])

    def told(subject_id: UUID) -> FeesCollected:
        return FeesCollected(
            venue_id=venue_id,
            subject_id=subject_id,
            account=account.value,
            asset=asset,
            amount=amount,
            reference=reference,
            reason=reason,
            into=into.value,
        )

    return move_once(
        filled,
        row,
        amount,
        Purpose.COLLECTED,
        scope=account,
        reference=reference,
        insufficient=AccountRefusal.FEES_INSUFFICIENT,
        told=told,
        source=account,
    )
