"""Intake: a venue's books arrive, are marked once, and their money comes into the ledger.

Guarantees that a reference is taken in once (the same content again answers the same book), and that of a batch either
every book is taken in or none.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from accounts.models import Account, AccountKind
from accounts.rules.refusals import AccountRefusal
from auctions.desks.books import move_in
from auctions.desks.drafts import BookOrder, Draft, Drafting, write_lines
from auctions.models import Book
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.record import NewEvent, record_events
from backstop.transactions import lock_exclusive, operation


@operation
def receive_books(*, venue_id: UUID, orders: Sequence[BookOrder], owned_by_fund: bool = False) -> list[Book]:
    """Take in a batch of books, in its order; those that are known already are answered as they are.

    Raises `books_refused` (with every fault and its JSON pointer), `reference_reused`, `playbook_missing`.
    """
    # One intake a venue at a time, so that what follows sees the references of the one before.
    lock_exclusive("intake", [venue_id])
    known = {
        book.reference: book
        for book in Book.objects.filter(venue=venue_id, reference__in=[o.reference for o in orders])
    }
    _refuse_reuse(orders, known)
    if fresh := _fresh(orders, known):
        playbook = get_latest_playbook(venue_id)
        if playbook is None:
            raise AuctionRefusal.PLAYBOOK_MISSING.error()
        drafts = Drafting(venue_id, playbook, fresh, clock.now()).drafts()
        known |= {book.reference: book for book in _write(drafts, owned_by_fund)}
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


def _write(drafts: Sequence[Draft], owned_by_fund: bool) -> list[Book]:
    books = [_book(draft, owned_by_fund) for draft in drafts]
    Account.objects.bulk_create([account for book in books for account in (book.estate, book.debt)])
    Book.objects.bulk_create(books)
    write_lines(drafts)
    clearing = {
        asset.id: venue_accounts(asset.venue_id, asset)[AccountKind.CLEARING]
        for asset in {draft.asset.id: draft.asset for draft in drafts}.values()
    }
    journal = Journal.opened([*clearing.values(), *(a for book in books for a in (book.estate_id, book.debt_id))])
    for book, draft in zip(books, drafts, strict=True):
        move_in(journal, clearing[book.asset_id], book, draft.value.settled)
    journal.write()
    record_events(
        [
            NewEvent(b.venue_id, "book_received", b.id, None, {"reference": b.reference, "notional": b.notional})
            for b in books
        ]
    )
    return books


def _book(draft: Draft, owned_by_fund: bool) -> Book:
    venue_id = draft.playbook.venue_id
    book = Book(
        venue_id=venue_id,
        playbook=draft.playbook,
        reference=draft.order.reference,
        fingerprint=draft.order.fingerprint,
        owned_by_fund=owned_by_fund,
        asset=draft.asset,
        received_at=draft.drafted_at,
        estate=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.ESTATE),
        debt=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.DEBT, floor=None),
    )
    draft.describe(book)
    return book
