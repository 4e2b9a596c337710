"""Until its first award a venue may correct a book: it is marked and routed anew, as its next version."""

from datetime import datetime
from uuid import UUID

from auctions.desks.books import VersionEnd, lock_book, move_in, require_no_award
from auctions.desks.caps import CapDesk
from auctions.desks.drafts import BookOrder, Draft, Drafting, write_lines
from auctions.models import Book
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import NewEvent, record_events
from backstop.transactions import operation


@operation
def amend_book(*, venue_id: UUID, book_id: UUID, order: BookOrder, expected_version: int) -> Book:
    """Put the book's next version in the place of `expected_version`; the same again answers the same.

    What is the book's content already changes nothing. Raises `book_unknown`, `book_withdrawn`,
    `book_owned_by_fund`, `book_awarded`, `book_version_changed`, and `books_refused` with every fault.
    """
    caps = CapDesk([venue_id])
    book = lock_book(venue_id, book_id)
    same = order.fingerprint == (book.amended_fingerprint or book.fingerprint)
    if same and expected_version in (book.version, book.version - 1):
        return book
    require_no_award(book)
    if expected_version != book.version:
        raise AuctionRefusal.BOOK_VERSION_CHANGED.error(
            f"the book is in version {book.version} now", pointer="/expected_version"
        )
    now = clock.now()
    draft = _draft(book, order, now)
    ending = VersionEnd(book, f"the book was amended to version {book.version + 1}", caps, now)
    book.amend(order.fingerprint, now)
    draft.describe(book)
    write_lines([draft])
    move_in(ending.journal, ending.clearing_id, book, draft.value.settled)
    ending.journal.write()
    save_changes([book])
    payload = {"reference": book.reference, "version": book.version, "notional": book.notional}
    record_events([NewEvent(book.venue_id, "book_amended", book.id, None, payload)])
    return book


def _draft(book: Book, order: BookOrder, now: datetime) -> Draft:
    faults = []
    if order.reference != book.reference:
        faults.append(AuctionRefusal.REFERENCE_DIFFERS.at("/reference", f"the book's reference is {book.reference!r}"))
    (draft,) = Drafting(book.venue_id, book.playbook, {"": order}, now).drafts()
    if draft.asset.id != book.asset_id:
        faults.append(AuctionRefusal.SETTLEMENT_ASSET_DIFFERS.at("/positions", f"the book settles in {book.asset}"))
    if faults:
        raise AuctionRefusal.BOOKS_REFUSED.error(f"{faults[0].message}; nothing was amended", faults=faults)
    return draft
