"""A venue says above which amount of an asset one person is not enough."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two, limits_of
from accounts.desks.collateral import find_asset
from accounts.events import ApprovalLimitSet
from accounts.models import ApprovalLimit
from accounts.rules.approvals import Stake
from accounts.rules.limits import require_limit
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


def _loosened(*, venue_id: UUID, asset: str, amount: Decimal | None, reason: str) -> Stake | None:
    """To want less of the others is a risk without an amount; to want more is none."""
    row = find_asset(venue_id, asset)
    lock(Lock.REFERENCE, [row.id])
    before = limits_of(venue_id).get(row.id)
    return Stake() if before is not None and (amount is None or amount > before) else None


@operation
@by_two(_loosened)
def set_approval_limit(*, venue_id: UUID, asset: str, amount: Decimal | None, reason: str) -> ApprovalLimit:
    """From now on more than so much of an asset at once needs a second person; None: whatever it is, one is enough.

    A limit is raised or taken away by two. Raises `reason_missing`, `asset_unknown`, `approval_limit_refused`,
    `person_unknown`.
    """
    reason = require_reason(reason)
    row = find_asset(venue_id, asset)
    require_limit(amount, row.scale, "amount", AccountRefusal.APPROVAL_LIMIT_REFUSED)
    lock(Lock.REFERENCE, [row.id])
    limit, _ = ApprovalLimit.objects.get_or_create(asset=row, defaults={"venue_id": venue_id})
    limit.amount = amount
    save_changes([limit])
    record_events([ApprovalLimitSet(venue_id=venue_id, subject_id=limit.id, asset=asset, amount=amount, reason=reason)])
    return limit
