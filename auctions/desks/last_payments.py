"""What insurance funds pay of what loss events owe at last, because covers that were asked did not.

Guarantees that a fund bears what it advanced, and that it pays debts within its draw limits alone.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from accounts.desks.journal import Journal
from accounts.models import LossAddend
from auctions.desks.funds import FundDesk
from auctions.models import Book
from auctions.queries.draws import sum_advances_owed
from backstop.values.amounts import ZERO, difference, total


class LastPayments:
    """Of these addends of books, each with what is owed of it as it is stored. Its journal holds the funds; `write`
    comes before the journal's, and `confirm` after it."""

    def __init__(self, owed: Sequence[tuple[LossAddend, Decimal]], journal: Journal, now: datetime) -> None:
        self._owed = {addend.id: amount for addend, amount in owed}
        rows = Book.objects.filter(id__in={addend.subject_id for addend, _ in owed})
        self._books = {book.id: book for book in rows.select_related("playbook", "asset")}
        self._advances = sum_advances_owed(self._books)
        self._funds = FundDesk(list(self._books.values()), now)
        self._funds.count_in(journal)

    def pay(self, addend: LossAddend, left: Decimal, asked: Decimal) -> Decimal:
        """How much the fund pays of what is `left` of an addend, if it is `asked` for so much of it."""
        book, paid = self._books[addend.subject_id], difference(self._owed[addend.id], left)
        advances = min(asked, max(difference(self._advances.get(book.id, ZERO), paid), ZERO))
        return total([advances, self._funds.limits.pay_at_last(book, advances, difference(asked, advances))])

    def write(self) -> None:
        """Have the funds locked whose limits were used."""
        self._funds.write()

    def confirm(self) -> None:
        """Look again whether the limits hold. Raises `Overtaken`."""
        self._funds.confirm()
