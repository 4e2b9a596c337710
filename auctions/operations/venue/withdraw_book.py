"""Until its first award a venue may take a book back, as it came."""

from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from accounts.rules.reasons import require_reason
from auctions.desks.books import VersionEnd, lock_book, require_no_award, stake_of_book
from auctions.desks.caps import CapDesk
from auctions.events import BookWithdrawn
from auctions.lifecycle import BookState
from auctions.models import Book
from auctions.rules.disclosure import WITHDRAWN
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(by_people(stake_of_book))
def withdraw_book(*, venue_id: UUID, book_id: UUID, reason: str) -> Book:
    """Take the book back, as it came; the same again answers the same.

    Raises `book_unknown`, `reason_missing`, `book_withdrawn` (for another reason), `book_owned_by_fund`,
    `book_awarded`.
    """
    reason = require_reason(reason)
    caps = CapDesk([venue_id])
    book = lock_book(venue_id, book_id)
    if book.state == BookState.WITHDRAWN and book.withdrawal_reason == reason:
        return book
    require_no_award(book)
    now = clock.now()
    ending = VersionEnd(book, caps, now)
    ending.end(WITHDRAWN)
    ending.write()
    book.withdraw(reason, now)
    save_changes([book])
    record_events([BookWithdrawn(**book.whose, subject_id=book.id, reason=reason)])
    return book
