"""Markouts: the marks some minutes after each award, and what it kept of its edge by them.

Guarantees that each is judged once, by the marks of its own instant, however late the sweep comes.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from auctions.desks.legs import leg_of, positions_of
from auctions.models import Markout, Position
from auctions.rules.lots import slice_legs
from auctions.rules.markouts import TOLERANCE, adverse_bps, marks_near
from backstop import clock
from backstop.models.base import save_changes
from backstop.queries import list_past_prices
from backstop.transactions import operation


@operation
def mark_out_awards(*, ids: Sequence[UUID]) -> int:
    """Judge these markouts; how many there were. What has no marks is judged too, and says so."""
    now = clock.now()
    rows = list(Markout.objects.filter(id__in=ids, judged_at=None).select_related("award__step__lot__book__playbook"))
    if not rows:
        return 0
    positions: dict[UUID | None, list[Position]] = {}
    for position in positions_of({row.award.step.lot_id for row in rows}):
        positions.setdefault(position.lot_id, []).append(position)
    instruments = {each.instrument_id for several in positions.values() for each in several}
    oldest = max(row.award.step.lot.book.playbook.mark_max_age_seconds for row in rows)
    since = min(row.instant for row in rows) - timedelta(seconds=oldest)
    past = list_past_prices(instruments, since, max(row.instant for row in rows) + TOLERANCE)
    for row in rows:
        award, lot = row.award, row.award.step.lot
        legs = slice_legs([leg_of(each) for each in positions[lot.id]], award.first_unit, award.units, lot.units)
        near = marks_near(past, {leg.instrument_id for leg in legs}, lot.book.playbook.mark_terms, row.instant)
        row.judge(now, near and (*near, adverse_bps(legs, award.marks, near[0])))
    save_changes(rows)
    return len(rows)
