"""Until its first award a venue may take a book back, as it came."""

from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from accounts.rules.reasons import require_reason
from auctions.desks.books import VersionEnd, lock_book, require_no_award, stake_of_book
from auctions.desks.caps import CapDesk
from auctions.lifecycle import BookState
from auctions.models import Book
from backstop import clock
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
    ending = VersionEnd([book], caps, clock.now())
    ending.take_back(reason)
    ending.write()
    return book
