"""The marks that things are priced with are kept: what comes next is a jump, or none, against them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.models import Book
from backstop.locks import Lock, lock_free_rows
from backstop.models import UsedMark
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction


@requires_transaction
def note_used(priced: Iterable[tuple[Book | None, Mapping[UUID, Decimal]]], now: datetime) -> None:
    """Keep that something of a book, or of none, was priced with these marks just now: once a transaction, after
    accounts and holdings. What a drill is priced with is not kept.

    Of two who keep a mark that is known one alone writes it, which is as good; only the first mark of an instrument is
    waited for.
    """
    real = [marks for book, marks in priced if book is None or not book.is_drill]
    used = {instrument_id: price for marks in real for instrument_id, price in marks.items()}
    if not used:
        return
    known = dict(UsedMark.objects.filter(instrument__in=used).values_list("instrument", "price"))
    first = sorted(used.keys() - known.keys())
    UsedMark.objects.bulk_create(
        [UsedMark(instrument_id=each, price=used[each], used_at=now) for each in first], ignore_conflicts=True
    )
    moved = [each for each, price in known.items() if price != used[each]]
    rows = lock_free_rows(Lock.USED_MARK_ROW, UsedMark.objects.filter(instrument__in=moved)) if moved else []
    for row in rows:
        row.use(used[row.instrument_id], now)
    save_changes(rows)
