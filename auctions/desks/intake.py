"""Intake: drafted books are written, and their money comes into the ledger. One intake a venue at a time."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from accounts.desks.defaults import handle_defaults_of
from accounts.desks.journal import Journal, accounts_by_asset
from accounts.desks.losses import LossTerms, open_losses
from accounts.desks.shadows import Shadow
from accounts.models import Account, AccountKind
from auctions.desks.books import move_in
from auctions.desks.drafts import Draft, write_lines
from auctions.desks.drills import let_give_way
from auctions.events import BookReceived
from auctions.lifecycle import BOOK
from auctions.models import Book
from auctions.rules.refusals import AuctionRefusal
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events


def lock_intake(venue_ids: Collection[UUID]) -> None:
    """What follows sees the references of every intake of these venues before it."""
    lock(Lock.INTAKE, venue_ids)


def require_room(venue_id: UUID, count: int) -> None:
    """Raises `books_too_many` where the venue may not have so many more books under way. The intake is locked."""
    most = settings.QUOTAS["books_under_way"]
    real = Book.objects.filter(venue=venue_id, state__in=BOOK.under_way, asset__shadow_of=None)
    if real.count() + count > most:
        raise AuctionRefusal.BOOKS_TOO_MANY.error(f"a venue has at most {most} books under way")


def write_books(
    drafts: Sequence[Draft], *, owned_by_fund: bool = False, reason: str = "", shadow: Shadow | None = None
) -> list[Book]:
    """Write a book for each draft, with its money, and tell of it: drills in `shadow`, which is filled, or real ones,
    to which drills give way. The intake is locked."""
    books = [_book(draft, owned_by_fund) for draft in drafts]
    arriving = (
        {} if shadow else {group: book for book, d in zip(books, drafts, strict=True) for group in d.product_groups}
    )
    giving_way = let_give_way(arriving)
    if books and not (owned_by_fund or shadow):
        _join_losses(books)
    Account.objects.bulk_create([account for book in books for account in (book.estate, book.debt)])
    Book.objects.bulk_create(books)
    write_lines(drafts)
    save_changes(giving_way)
    clearing = accounts_by_asset(AccountKind.CLEARING, [draft.asset for draft in drafts])
    own = [account_id for book in books for account_id in (book.estate_id, book.debt_id)]
    journal = Journal.opened([*clearing.values(), *own, *(shadow.accounts if shadow else ())])
    if shadow:
        shadow.fill(journal)
    for book, draft in zip(books, drafts, strict=True):
        move_in(journal, clearing[book.asset_id], book, draft.value.settled)
    record_events([_received(book, draft, reason) for book, draft in zip(books, drafts, strict=True)])
    journal.write()
    return books


def _join_losses(books: Sequence[Book]) -> None:
    """Let each book join a loss event, or open one. What comes of a provider in default is what was waited for."""
    losses = open_losses(books[0].venue_id, books[0].received_at)
    for book in books:
        playbook = book.playbook
        terms = LossTerms(
            timedelta(seconds=playbook.hours_clause_seconds), timedelta(seconds=playbook.max_event_seconds)
        )
        book.loss_event = losses.event_for(book.owner_group_id, book.account, terms)
    losses.write()
    handle_defaults_of({book.loss_event_id: book.id for book in reversed(books)}, books[0].received_at)


def _received(book: Book, draft: Draft, reason: str) -> BookReceived:
    return BookReceived(
        **book.whose,
        subject_id=book.id,
        reference=book.reference,
        notional=book.notional,
        asset=draft.asset.code,
        money=draft.value.settled,
        owned_by_fund=book.owned_by_fund,
        reason=reason,
        loss_event=book.loss_event_id,
    )


def _book(draft: Draft, owned_by_fund: bool) -> Book:
    venue_id, received_at = draft.playbook.venue_id, draft.drafted_at
    book = Book(
        venue_id=venue_id,
        playbook=draft.playbook,
        reference=draft.order.reference,
        fingerprint=draft.order.fingerprint,
        owned_by_fund=owned_by_fund,
        asset=draft.asset,
        received_at=received_at,
        cure_until=received_at + timedelta(seconds=draft.playbook.cure_seconds),
        waterfall_until=received_at + timedelta(seconds=draft.playbook.max_waterfall_seconds),
        estate=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.ESTATE),
        debt=Account(venue_id=venue_id, asset=draft.asset, kind=AccountKind.DEBT, floor=None),
    )
    draft.fill(book)
    return book
