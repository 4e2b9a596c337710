"""Beating: whoever runs the market says at each round that it does, by one row a venue.

Guarantees that time in which nothing ran is no bidding time: the first beat after an outage puts off the deadlines of
what was open, and its price clocks, by as long as nothing ran.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from auctions.desks import news
from auctions.events import AuctionResumed
from auctions.lifecycle import UNDER_WAY, AuctionState
from auctions.models import Auction, Heartbeat
from backstop import clock
from backstop.locks import Lock, lock, lock_free_rows
from backstop.models import Venue
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation

BETWEEN = timedelta(seconds=0.5)


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
    beats = lock_free_rows(
        Lock.HEARTBEAT_ROW, Heartbeat.objects.filter(venue__in=silent, beat_at__lte=now - BETWEEN).order_by("id")
    )
    _make_up(beats, now)
    for each in beats:
        each.beat(now)
    save_changes(beats)


def _make_up(last: Sequence[Heartbeat], now: datetime) -> None:
    """Let whatever was under way go on as if no time had passed since these beats, where that was too long."""
    longest = max((now - each.beat_at for each in last), default=timedelta())
    auctions = Auction.objects.filter(
        venue__in=[each.venue_id for each in last],
        state__in=UNDER_WAY,
        outage_seconds__lte=longest // timedelta(seconds=1),
    )
    if not (ids := list(auctions.values_list("id", flat=True))):
        return
    # Bids share this lock, takes hold it: whoever waits for it finds the deadlines put off, and the beat.
    lock(Lock.AUCTION, ids)
    under_way = auctions.filter(id__in=ids).select_related("venue__heartbeat", "step__lot__book__playbook")
    stood = [auction for auction in under_way if auction.make_up_for_outage(auction.step.lot.book.playbook, now)]
    save_changes(stood)
    went_on = [auction for auction in stood if auction.state == AuctionState.OPEN]
    record_events([*map(news.stood, went_on), *(news.moved(auction, AuctionResumed) for auction in went_on)])
