"""What stands aside of a book, because a sweep failed on it, is tried again now."""

from uuid import UUID

from accounts.rules.reasons import require_reason
from auctions.desks.books import lock_book
from auctions.events import BookRetried
from auctions.models import Auction, Book, Settlement, Step
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def retry_book(*, venue_id: UUID, book_id: UUID, reason: str) -> Book:
    """Neither the book nor a step, auction or settlement of it stands aside any more; where none did, nothing happens.

    Raises `reason_missing`, `book_unknown`.
    """
    reason = require_reason(reason)
    book = lock_book(venue_id, book_id)
    aside = {"retry_at__isnull": False}
    parked: list[Book | Step | Auction | Settlement] = [
        *([book] if book.retry_at else []),
        *Step.objects.filter(lot__book=book, **aside),
        *Auction.objects.filter(step__lot__book=book, **aside),
        *Settlement.objects.filter(book=book, **aside),
    ]
    if not parked:
        return book
    for row in parked:
        row.unpark()
    save_changes(parked)
    record_events([BookRetried(**book.whose, subject_id=book.id, rows=len(parked), reason=reason)])
    return book
