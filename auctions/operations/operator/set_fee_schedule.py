"""What is paid for service in a product group: each change of it is a new version, for whole months to come."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_asset
from accounts.desks.free_collateral import end_notes, note_free
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from auctions.desks.product_groups import find_product_group
from auctions.events import FeeScheduleSet
from auctions.models import FeeSchedule, ServiceDay
from auctions.models.service import NOTES_KEPT
from auctions.queries import get_latest_playbook
from auctions.queries.service import list_last_schedules
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.service import SHARE_SCALE
from backstop import clock
from backstop.locks import Lock, lock
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import AmountRefused, require_takeable
from backstop.values.bps import EDGE_SCALE


@operation
@by_two(unmeasured)
def set_fee_schedule(
    *,
    venue_id: UUID,
    product_group: str,
    asset: str,
    standby_rate_bps: Decimal,
    budget: Decimal,
    rebate_bps: Decimal,
    min_presence: Decimal,
    min_answers: Decimal,
    reason: str,
    standby_edge_bps: Decimal | None = None,
    effective_at: datetime | None = None,
) -> FeeSchedule:
    """The next version for a product group, by its code, in one of the venue's assets: from the month on that begins at
    `effective_at` (None: the next one). Without a `standby_edge_bps` commitments count up to the playbook's
    `assign_cap_bps` as it is now. One that pays nothing ends service there: nothing is counted by it.

    Raises `reason_missing`, `product_group_unknown`, `asset_unknown`, `fee_schedule_refused` (a month that has begun,
    a negative rate, a share above one), `playbook_missing`, `person_unknown`.
    """
    reason = require_reason(reason)
    lock(Lock.TERMS, [venue_id])
    group = find_product_group(venue_id, product_group)
    paid_in = find_asset(venue_id, asset)
    now = clock.now()
    month = _month_of(effective_at, now)
    newest = FeeSchedule.objects.filter(product_group=group).order_by("-version").first()
    schedule = FeeSchedule(
        venue_id=venue_id,
        product_group=group,
        asset=paid_in,
        version=newest.version + 1 if newest else 1,
        effective_on=month.date(),
        standby_rate_bps=_rate(standby_rate_bps, "standby_rate_bps"),
        budget=_budget(budget, paid_in.scale),
        standby_edge_bps=_assign_cap(venue_id) if standby_edge_bps is None else standby_edge_bps,
        rebate_bps=_rate(rebate_bps, "rebate_bps"),
        min_presence=_share(min_presence, "min_presence"),
        min_answers=_share(min_answers, "min_answers"),
        reason=reason,
    )
    schedule.save(force_insert=True)
    _note_free(venue_id, now)
    if not ServiceDay.objects.filter(venue=venue_id).exists():
        ServiceDay.of(venue_id, now.astimezone(UTC).date()).save(force_insert=True)
    told = FeeScheduleSet(
        venue_id=venue_id,
        subject_id=schedule.id,
        product_group=group.code,
        asset=paid_in.code,
        version=schedule.version,
        effective_at=month,
        reason=reason,
    )
    record_events([told])
    return schedule


def _month_of(effective_at: datetime | None, now: datetime) -> datetime:
    """When the first month begins that it is for."""
    month = _next_month(now) if effective_at is None else effective_at.astimezone(UTC)
    if month <= now or month != _begin_of_month(month):
        raise AuctionRefusal.FEE_SCHEDULE_REFUSED.error(
            f"it is for whole months that have not begun: at {_next_month(now):%Y-%m-%dT%H:%M:%SZ} at the earliest",
            pointer="/effective_at",
        )
    return month


def _note_free(venue_id: UUID, now: datetime) -> None:
    """What is free is noted of what service is paid in, and for a while after the last of that."""
    last = list_last_schedules(venue_id)
    paid_in = {each.asset_id for each in last if each.pays}
    note_free(paid_in, now)
    former = set(FeeSchedule.objects.filter(venue=venue_id).values_list("asset", flat=True)) - paid_in
    end_notes(former, max(each.effective_at for each in last) + NOTES_KEPT)


def _begin_of_month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next_month(now: datetime) -> datetime:
    return _begin_of_month(_begin_of_month(now.astimezone(UTC)) + timedelta(days=32))


def _assign_cap(venue_id: UUID) -> Decimal:
    playbook = get_latest_playbook(venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    return playbook.assign_cap_bps


def _rate(rate_bps: Decimal, name: str) -> Decimal:
    return _checked(rate_bps, EDGE_SCALE, name, rate_bps < 0, "a rate is not negative")


def _budget(budget: Decimal, scale: int) -> Decimal:
    return _checked(budget, scale, "budget", budget < 0, "a budget is not negative")


def _share(share: Decimal, name: str) -> Decimal:
    return _checked(share, SHARE_SCALE, name, not 0 <= share <= 1, "a share is within 0 and 1")


def _checked(value: Decimal, scale: int, name: str, wrong: bool, problem: str) -> Decimal:
    if wrong:
        raise AuctionRefusal.FEE_SCHEDULE_REFUSED.error(problem, pointer=f"/{name}")
    try:
        return require_takeable(value, scale, name)
    except AmountRefused as refused:
        raise AuctionRefusal.FEE_SCHEDULE_REFUSED.error(str(refused), pointer=f"/{name}") from refused
