"""Drills end: with their books, or broken off as soon as a real book of their product groups has arrived.

Guarantees that a drill that gives way offers nothing from then on, that nothing is left of what it was counted in, and
that it is recorded how everybody invited did. That it was for a real book is told to its venue alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.desks.shadows import accounts_of_shadow, empty_shadow
from auctions.desks.books import VersionEnd
from auctions.desks.caps import CapDesk
from auctions.desks.drills import DrillOffers
from auctions.desks.work import lock_books
from auctions.events import BookWithdrawn, DrillEnded, DrillRecorded
from auctions.lifecycle import BOOK, SETTLEMENT, BookState, DrillState
from auctions.models import Book, Drill, DrillRecord, Settlement
from auctions.rules.disclosure import WITHDRAWN
from backstop import clock
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation

GAVE_WAY = "a real book of one of its product groups arrived"
TAKEN_BACK = "the venue withdrew it"


@operation
def end_drills(*, ids: Sequence[UUID]) -> int:
    """End the first of these drills if its book has ended, or else break it off; how many that were. Where something of
    it is awarded and not settled, which it is a moment later, it only offers nothing more."""
    first = Drill.objects.filter(id__in=ids[:1], state=DrillState.UNDER_WAY)
    caps = CapDesk(first.values_list("venue", flat=True))
    drill = lock_row(Lock.DRILL_ROW, first)
    books = lock_books(Book.objects.filter(drill=drill)) if drill else []
    if drill is None or not books:
        return 0
    now = clock.now()
    (drill.book,) = books
    if drill.book.state in BOOK.final:
        _end(drill, Journal.opened(accounts_of_shadow(drill.book.asset)), now)
        return 1
    ending = VersionEnd(books, caps, now, accounts_of_shadow(drill.book.asset))
    if Settlement.objects.filter(book=drill.book, state__in=SETTLEMENT.under_way).exists():
        ending.stop(WITHDRAWN)
        ending.write()
        return 1
    ending.end(WITHDRAWN)
    drill.book.withdraw(GAVE_WAY, now)
    record_events([BookWithdrawn(**drill.book.whose, subject_id=drill.book_id, reason=GAVE_WAY)])
    ending.write_rows()
    save_changes([drill.book])
    _end(drill, ending.journal, now)
    return 1


def _end(drill: Drill, journal: Journal, now: datetime) -> None:
    """Record how everybody did in it, empty its shadow, and tell; the journal last."""
    book = drill.book
    if book.state == BookState.CLOSED:
        drill.hold(now)
    else:
        drill.break_off(GAVE_WAY if drill.real_book_id else TAKEN_BACK, now)
    records = list(DrillRecord.objects.filter(drill=drill).order_by("provider"))
    DrillOffers(drill, now).judge(records)
    left = empty_shadow(book.asset, drill.id, journal)
    save_changes([drill, *records])
    record_events([*(_recorded(drill, record, left) for record in records), _ended(drill)])
    journal.write()


def _ended(drill: Drill) -> DrillEnded:
    return DrillEnded(
        venue_id=drill.venue_id,
        subject_id=drill.id,
        state=drill.state,
        asset=drill.book.asset.code,
        reason=drill.told_reason,
    )


def _recorded(drill: Drill, record: DrillRecord, left: Mapping[UUID, Decimal]) -> DrillRecorded:
    return DrillRecorded(
        venue_id=drill.venue_id,
        subject_id=drill.id,
        provider_id=record.provider_id,
        quality=record.quality,
        answer_seconds=record.answer_seconds,
        asset=drill.book.asset.code,
        left=left[record.provider_id],
    )
