"""Intake: a venue's books arrive, are marked once, and their money comes into the ledger.

Guarantees that a reference is taken in once (the same content again answers the same book), and that of a batch either
every book is taken in or none.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import BookOrder, Drafting
from auctions.desks.intake import lock_intake, require_room, write_books
from auctions.desks.marks import note_used
from auctions.models import Book
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
def receive_books(*, venue_id: UUID, orders: Sequence[BookOrder]) -> list[Book]:
    """Take in a batch of books, in its order; those that are known already are answered as they are.

    Raises `books_refused` (with every fault and its JSON pointer), `reference_reused`, `playbook_missing`,
    `books_too_many`.
    """
    lock_intake([venue_id])
    known = {
        book.reference: book
        for book in Book.objects.filter(venue=venue_id, reference__in=[o.reference for o in orders])
    }
    _refuse_reuse(orders, known)
    if fresh := _fresh(orders, known):
        playbook = get_latest_playbook(venue_id)
        if playbook is None:
            raise AuctionRefusal.PLAYBOOK_MISSING.error()
        require_room(venue_id, len(fresh))
        now = clock.now()
        drafting = Drafting(venue_id, playbook, fresh, now)
        drafts = drafting.drafts()
        drafting.require_no_fault("nothing was taken in")
        known |= {book.reference: book for book in write_books(drafts)}
        note_used([(known[draft.order.reference], draft.marks) for draft in drafts], now)
    return [known[order.reference] for order in orders]


def _refuse_reuse(orders: Sequence[BookOrder], known: Mapping[str, Book]) -> None:
    first: dict[str, str] = {reference: book.fingerprint for reference, book in known.items()}
    for index, order in enumerate(orders):
        if first.setdefault(order.reference, order.fingerprint) != order.fingerprint:
            raise AccountRefusal.REFERENCE_REUSED.error(
                f"reference {order.reference!r} was used before, for a book with other content",
                pointer=f"/books/{index}/reference",
            )


def _fresh(orders: Sequence[BookOrder], known: Mapping[str, Book]) -> dict[str, BookOrder]:
    """What is not known yet, by its first place in the batch."""
    places = {order.reference: index for index, order in reversed(list(enumerate(orders)))}
    return {f"/books/{places[order.reference]}": order for order in orders if order.reference not in known}
