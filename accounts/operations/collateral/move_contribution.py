"""What a provider contributes to its venue's guarantee comes in, or goes out."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset, money_moved, move_once, open_account, stake_of_move
from accounts.desks.people import find_provider
from accounts.desks.withdrawals import require_not_obliged, require_withdrawable
from accounts.models import AccountKind, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock
from backstop.transactions import operation

CONTRIBUTION = "contribution"


def _at_stake(
    *, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str, reason: str
) -> Stake | None:
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope=CONTRIBUTION, reference=reference, comes_in=amount > 0
    )


@operation
@by_two(_at_stake)
def move_contribution(
    *, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str, reason: str
) -> Transfer:
    """Put so much (below zero: take it out) of an asset into what a provider contributes, once by reference. It
    takes no notice back that the provider gave.

    Raises `reason_missing`, `provider_unknown`, `asset_unknown`, `amount_not_movable`, `contribution_insufficient`,
    `reference_reused`, `person_unknown`, `provider_not_in_state` (nothing comes in for one that has ended),
    `contribution_obliged` (nothing goes out while a loss event is not final that it is obliged for), and what keeps its
    collateral here: `withdrawal_barred`.
    """
    reason = require_reason(reason)
    provider = find_provider(venue_id, provider_id)
    row = find_asset(venue_id, asset)
    lock(Lock.INTAKE, [venue_id])  # no loss event opens meanwhile, which it would be obliged for
    account = open_account(kind=AccountKind.CONTRIBUTION, provider=provider, asset=row)

    def permitted() -> None:
        if amount < 0:
            require_withdrawable(provider)
            require_not_obliged(provider)

    return move_once(
        account,
        row,
        amount,
        Purpose.CONTRIBUTED,
        scope=CONTRIBUTION,
        reference=reference,
        insufficient=AccountRefusal.CONTRIBUTION_INSUFFICIENT,
        permitted=permitted,
        told=money_moved(account, asset=asset, amount=amount, reference=reference, reason=reason),
    )
