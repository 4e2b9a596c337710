"""Amending and withdrawing: until its first award a venue may correct a book, or take it back.

Called by `PUT /v1/books/{id}` and `POST /v1/books/{id}/withdraw`. Guarantees that what the old version had under way
ends with nothing held, that its money goes back as it came, and that an amended book is marked and routed anew.
"""

from uuid import UUID

from accounts.rules.refusals import ReasonMissing
from auctions.desks.books import VersionEnd, lock_book, require_no_award
from auctions.desks.caps import CapDesk
from auctions.events import BookWithdrawn
from auctions.lifecycle import BookState
from auctions.models import Book
from backstop import clock
from backstop.record import record_events
from backstop.transactions import operation


@operation
def withdraw_book(*, venue_id: UUID, book_id: UUID, reason: str) -> Book:
    """Take the book back, as it came; the same again answers the same.

    Raises BookUnknown, ReasonMissing, BookWithdrawn (for another reason), BookOwnedByFund, BookAwarded.
    """
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    caps = CapDesk([venue_id])
    book = lock_book(venue_id, book_id)
    if book.state == BookState.WITHDRAWN and book.withdrawal_reason == reason:
        return book
    require_no_award(book)
    now = clock.now()
    VersionEnd(book, "the venue withdrew the book", caps, now).journal.write()
    book.withdrawal_reason = reason
    book.move_to(BookState.WITHDRAWN, now)
    book.save(update_fields=["state", "withdrawn_at", "withdrawal_reason"])
    record_events([BookWithdrawn(venue_id=book.venue_id, subject_id=book.id, reason=reason)])
    return book
