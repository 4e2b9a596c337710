"""Beating: whoever runs the market says at each round that it does, by one row a venue.

Guarantees that time in which nothing ran is nobody's time to act: the first beat after an outage puts off whatever
deadlines there were, and price clocks, by as long as nothing ran; a price that jumped waits from then on.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.desks.commitments import put_off_notices
from accounts.desks.losses import put_off_losses
from auctions.desks.outages import put_off_deadlines
from auctions.models import Heartbeat
from auctions.queries import get_latest_playbook
from auctions.rules.outages import LastBeat
from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.models import Venue
from backstop.models.base import save_changes
from backstop.transactions import operation

BETWEEN = timedelta(seconds=0.5)
SHORTEST_OUTAGE = timedelta(seconds=1)


@operation
def beat_venues(*, venues: Collection[str]) -> None:
    """Beat for the venues with these codes or, without any, for all, at most twice a second each. Nobody waits: who
    finds a beat under way leaves it to that."""
    now = clock.now()
    asked = Venue.objects.filter(code__in=venues) if venues else Venue.objects.all()
    due = asked.filter(Q(heartbeat=None) | Q(heartbeat__beat_at__lte=now - BETWEEN)).select_related("heartbeat")
    if not (silent := list(due.order_by("id"))):
        return
    new = [Heartbeat(venue=venue, beat_at=now) for venue in silent if not hasattr(venue, "heartbeat")]
    Heartbeat.objects.bulk_create(new, ignore_conflicts=True)
    late = Heartbeat.objects.filter(venue__in=silent, beat_at__lte=now - BETWEEN)
    beats = lock_free_rows(Lock.HEARTBEAT_ROW, late.order_by("id"))
    _make_up([each for each in beats if now > each.beat_at + SHORTEST_OUTAGE], now)
    for each in beats:
        each.beat(now)
    save_changes(beats)


def _make_up(last: Sequence[Heartbeat], now: datetime) -> None:
    """Let whatever was under way go on as if no time had passed since these beats, where that was too long."""
    if not last:
        return
    playbooks = {each: get_latest_playbook(each.venue_id) for each in last}
    beats = {each.venue_id: LastBeat(each.beat_at, book.outage_seconds) for each, book in playbooks.items() if book}
    lost = {venue_id: since for venue_id, beat in beats.items() if (since := beat.lost_since(now))}
    put_off_losses(lost, now)
    put_off_deadlines({each.venue_id: each.beat_at for each in last}, now)
    put_off_notices(lost, now)
    back = list(Venue.objects.filter(id__in=lost).order_by("id"))
    for venue in back:
        venue.come_back(now)
    save_changes(back)
