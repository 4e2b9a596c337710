"""The books by which an account is liquidated."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from auctions.desks.intake import lock_intake
from auctions.lifecycle import BOOK, BookState
from auctions.models import Book
from backstop.locks import Lock, lock_rows


def lock_liquidations(venue_id: UUID, account: str, asset_id: UUID) -> list[Book]:
    """An account's books of that asset that are under way, locked; no other comes in meanwhile."""
    lock_intake([venue_id])
    books = _books_of(venue_id, account, asset_id).filter(state__in=BOOK.under_way)
    return lock_rows(Lock.BOOK_ROW, books.select_related("playbook", "asset", "loss_event"))


def is_liquidated_since(venue_id: UUID, account: str, asset_id: UUID, since: datetime) -> bool:
    """Whether a book of the account has closed then, or later: what it lost is shared out by now."""
    closed = _books_of(venue_id, account, asset_id).filter(state=BookState.CLOSED)
    return closed.filter(closed_at__gte=since).exists()


def _books_of(venue_id: UUID, account: str, asset_id: UUID) -> QuerySet[Book]:
    return Book.objects.filter(venue=venue_id, account=account, asset=asset_id, owned_by_fund=False)
