"""Premiums of covers are rated and charged: daily, and whenever a market's regime or an insurer's rating is another."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.covers import lock_covers
from accounts.desks.premiums import PremiumDesk
from auctions.queries.regimes import list_worst_regimes
from backstop import clock
from backstop.transactions import operation


@operation
def charge_premiums(*, ids: Sequence[UUID]) -> int:
    """Charge what has accrued of these covers; how many were charged."""
    covers = [cover for cover in lock_covers(ids) if cover.premium.due_at is not None]
    now = clock.now()
    premiums = PremiumDesk(covers, list_worst_regimes({cover.venue_id for cover in covers}, now), now)
    for cover in covers:
        premiums.charge(cover)
    premiums.write()
    return len(covers)
