"""Service is counted a day after the other, and with the last of a month paid for, out of the venue's fees.

Guarantees that each day is counted once, from what was recorded of it, however late the sweep comes; that what a month
is paid is never more than its groups' budgets and, of a book's rebates, its fee; and that where the fees that are there
do not suffice everybody has its share of them.
"""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.collateral import open_collaterals
from accounts.desks.free_collateral import forget_notes
from accounts.desks.journal import Journal, accounts_by_asset
from accounts.lifecycle import ProviderState
from accounts.models import AccountKind, Provider, Purpose
from auctions.desks.service import MonthDesk, ServiceDesk
from auctions.events import ServicePaid
from auctions.models import ServiceDay, ServiceRebate, ServiceStatement
from auctions.models.service import NOTES_KEPT
from auctions.rules.service import within
from backstop import clock
from backstop.database import kept_alive
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation

COUNTS_FOR = 240.0  # seconds at most: however busy the day was, and less than a clock may stand still


@operation
@kept_alive(COUNTS_FOR)
def count_service(*, ids: Sequence[UUID]) -> int:
    """Count the first of these days that is not; how many that were."""
    now = clock.now()
    day = ServiceDay.objects.filter(id__in=ids, counted_at=None, due_at__lte=now).order_by("day").first()
    if day is None:
        return 0
    desk = ServiceDesk(day)
    desk.count()
    desk.write()
    forget_notes(day.venue_id, day.starts_at - NOTES_KEPT)
    day.count(now)
    save_changes([day])
    following = day.following
    following.save(force_insert=True)
    if following.month != day.month:
        _pay(MonthDesk(day))
    return 1


def _pay(month: MonthDesk) -> None:
    """State the month, and pay for it as far as fees are there."""
    statements = month.state()
    if not statements:
        return
    here = {row.id for row in _lock_providers(statements) if row.state != ProviderState.ENDED}
    standby = month.standby_within_budget(statements)
    assets = {each.schedule.asset_id: each.schedule.asset for each in statements}
    fees = accounts_by_asset(AccountKind.FEES, assets.values())
    paid = [each for each in statements if each.is_paid and each.provider_id in here]
    whose = {(each.provider_id, each.schedule.asset_id) for each in paid}
    collateral = open_collaterals(whose, paid[0].schedule.venue_id) if paid else {}
    journal = Journal.opened([*fees.values(), *collateral.values()])
    for asset_id, asset in assets.items():
        own = [each for each in paid if each.schedule.asset_id == asset_id]
        due = {(each, Purpose.STANDBY_FEE): standby[each] for each in own}
        due |= {(each, Purpose.REBATE): each.rebates_due for each in own}
        shares = within(journal.free(fees[asset_id]), due, asset.scale)
        for (each, purpose), amount in shares.items():
            journal.move(fees[asset_id], collateral[each.provider_id, asset_id], amount, purpose, each.id)
        for each in own:
            each.be_paid(standby=shares[each, Purpose.STANDBY_FEE], rebates=shares[each, Purpose.REBATE])
    ServiceStatement.objects.bulk_create(statements)
    ServiceRebate.objects.bulk_create(month.rebates)
    record_events([_told(each) for each in statements])
    journal.write()


def _lock_providers(statements: Sequence[ServiceStatement]) -> list[Provider]:
    """They do not end meanwhile: nothing comes in for one that has."""
    return lock_rows(Lock.PROVIDER_ROW, Provider.objects.filter(id__in={each.provider_id for each in statements}))


def _told(statement: ServiceStatement) -> ServicePaid:
    schedule = statement.schedule
    return ServicePaid(
        venue_id=schedule.venue_id,
        subject_id=statement.id,
        provider_id=statement.provider_id,
        product_group=schedule.product_group.code,
        asset=schedule.asset.code,
        month=statement.month_name,
        grade=statement.grade,
        standby=statement.standby_paid,
        rebates=statement.rebates_paid,
    )
