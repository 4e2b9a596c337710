"""A venue limits what a cluster of firms may hold."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset
from accounts.events import ExposureLimitSet
from accounts.models import ExposureLimit, Group
from accounts.rules.approvals import Stake
from accounts.rules.limits import require_limit
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


def _loosened(
    *, group_id: UUID, asset: str, gross_limit: Decimal | None, net_limit: Decimal | None, **_: Any
) -> Stake | None:
    """To let a cluster hold more is a risk; to let it hold less protects."""
    known = ExposureLimit.objects.filter(group=group_id, asset__code=asset).first()
    before = (known.gross_limit, known.net_limit) if known else (None, None)
    after = (gross_limit, net_limit)
    return Stake() if any(map(_is_wider, before, after)) else None


def _is_wider(before: Decimal | None, after: Decimal | None) -> bool:
    return before is not None and (after is None or after > before)


@operation
@by_two(_loosened)
def set_exposure_limit(
    *, venue_id: UUID, group_id: UUID, asset: str, gross_limit: Decimal | None, net_limit: Decimal | None, reason: str
) -> ExposureLimit:
    """From now on no award takes the cluster of this group above these limits (None: none) in an asset.

    Raises `reason_missing`, `group_unknown`, `asset_unknown`, `exposure_limit_refused`, `person_unknown`.
    """
    reason = require_reason(reason)
    group = Group.objects.filter(id=group_id, venue=venue_id).first()
    if group is None:
        raise AccountRefusal.GROUP_UNKNOWN.error()
    row = find_asset(venue_id, asset)
    limits = {"gross_limit": gross_limit, "net_limit": net_limit}
    for name, limit in limits.items():
        require_limit(limit, row.scale, name, AccountRefusal.EXPOSURE_LIMIT_REFUSED)
    ExposureLimit.objects.bulk_create([ExposureLimit(venue_id=venue_id, group=group, asset=row)], ignore_conflicts=True)
    known = lock_row(Lock.EXPOSURE_ROW, ExposureLimit.objects.filter(group=group, asset=row))
    assert known is not None
    known.gross_limit, known.net_limit = gross_limit, net_limit
    save_changes([known])
    told = ExposureLimitSet(venue_id=venue_id, subject_id=group.id, asset=asset, **limits, reason=reason)
    record_events([told])
    return known
