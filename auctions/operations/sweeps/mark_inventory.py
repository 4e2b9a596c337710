"""Marking: what the funds took over is valued at the marks in force, and what contracts gained or lost is moved."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from auctions.desks.inventory import InventoryDesk, lock_inventory
from auctions.desks.marks import note_used
from auctions.models import TakeOver
from auctions.queries import marks_of_take_overs
from backstop import clock
from backstop.transactions import operation


@operation
def mark_inventory(*, ids: Sequence[UUID]) -> int:
    """Value these take-overs, at the mark in force or at their last one; how many there were."""
    wanted = set(ids)
    lock_inventory(set(TakeOver.objects.filter(id__in=wanted).values_list("venue", flat=True)))
    now = clock.now()
    found = list(TakeOver.objects.filter(id__in=wanted).select_related("asset"))
    accounts = {asset.id: venue_accounts(asset.venue_id, asset) for asset in {row.asset for row in found}}
    journal = Journal.opened(account for kinds in accounts.values() for account in kinds.values())
    desk = InventoryDesk({row.instrument_id for row in found}, journal, accounts)
    rows = [row for row in desk.rows if row.id in wanted]
    marks = marks_of_take_overs(rows, now)
    for row in rows:
        desk.mark(row, marks.get(row.id, row.marked_price))
    desk.write()
    journal.write()
    note_used([(None, {row.instrument_id: marks[row.id]}) for row in rows if row.id in marks], now)
    return len(rows)
