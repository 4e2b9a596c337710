"""What accounts that are sold only in part have kept of their equity, and answer with: clearing advances it.

Guarantees that no more is advanced for an account than it kept.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Sum

from accounts.models import Purpose, Transfer
from auctions.models import Book
from backstop.values.amounts import ZERO, difference, total


class KeptDesk:
    """The kept equity of these locked books: read where the first of them that kept something is asked for."""

    def __init__(self, books: Sequence[Book]) -> None:
        self.books = books

    def advanced(self, book: Book) -> Decimal:
        """What of it clearing has advanced to the book's estate."""
        return self._advanced.get(book.estate_id, ZERO) if book.kept_equity else ZERO

    def advance(self, book: Book, lacking: Decimal) -> Decimal:
        """Count in what of it clearing advances of what the estate lacks; how much that is."""
        if not (lacking and book.kept_equity):
            return ZERO
        before = self.advanced(book)
        amount = min(lacking, difference(book.kept_equity, before))
        self._advanced[book.estate_id] = total([before, amount])
        return amount

    @cached_property
    def _advanced(self) -> dict[UUID, Decimal]:
        """By estate."""
        estates = [book.estate_id for book in self.books if book.kept_equity]
        moved = Transfer.objects.filter(purpose=Purpose.KEPT_ADVANCED, credit__in=estates)
        return dict(moved.values_list("credit").annotate(Sum("amount")))
