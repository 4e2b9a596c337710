"""The books by which an account is liquidated."""

from uuid import UUID

from auctions.desks.intake import lock_intake
from auctions.lifecycle import BOOK
from auctions.models import Book
from backstop.locks import Lock, lock_rows


def lock_liquidations(venue_id: UUID, account: str, asset_id: UUID) -> list[Book]:
    """An account's books of that asset that are under way, locked; no other comes in meanwhile."""
    lock_intake(venue_id)
    books = Book.objects.filter(
        venue=venue_id, account=account, asset=asset_id, owned_by_fund=False, state__in=BOOK.under_way
    )
    return lock_rows(Lock.BOOK_ROW, books)
