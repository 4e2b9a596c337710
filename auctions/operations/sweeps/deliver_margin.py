"""Margin that release 0.2.0 kept here is delivered to the venue, as a settlement does it now."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal, accounts_by_asset
from accounts.events import MarginDelivered
from accounts.models import Account, AccountKind, Purpose
from backstop.record import record_events
from backstop.transactions import operation


@operation
def deliver_margin(*, ids: Sequence[UUID]) -> int:
    """Empty the margin accounts of these providers; how many providers there were."""
    kept = Account.objects.filter(provider__in=ids, kind=AccountKind.MARGIN, posted__gt=0).select_related("asset")
    accounts = list(kept.order_by("created_at"))
    doors = accounts_by_asset(AccountKind.CLEARING, {account.asset for account in accounts})
    journal = Journal.opened([*(account.id for account in accounts), *doors.values()])
    events = []
    for account in accounts:
        amount = journal.free(account.id)
        journal.move(account.id, doors[account.asset_id], amount, Purpose.MARGIN_DELIVERED, account.id)
        events.append(_delivered(account, amount))
    record_events(events)
    journal.write()
    return len({account.provider_id for account in accounts})


def _delivered(account: Account, amount: Decimal) -> MarginDelivered:
    return MarginDelivered(
        venue_id=account.venue_id,
        subject_id=account.id,
        provider_id=account.provider_id,
        asset=account.asset.code,
        amount=amount,
    )
