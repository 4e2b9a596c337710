"""Whose lots are. Who lost what they sell takes no part, whether it is sold for it, or for the fund that took it over.

Guarantees that nobody buys back for less what its own failure cost others.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from accounts.models import LossEvent
from auctions.models import Book, Lot, Position, TakeOver


def load_owners(
    lots: Collection[Lot], books: Mapping[UUID, Book], positions: Mapping[UUID | None, Sequence[Position]]
) -> dict[UUID, list[Book]]:
    """By lot the books whose owners lost what it sells, with their loss events: the lot's own, one of `books`; or where
    that is a fund's, those of which there is something left of what it took over on these sides."""
    of_events = [book for book in books.values() if book.loss_event_id]
    events = LossEvent.objects.in_bulk([book.loss_event_id for book in of_events])
    for book in of_events:
        book.loss_event = events[book.loss_event_id]
    of_funds = {lot.id: positions[lot.id] for lot in lots if books[lot.book_id].owned_by_fund}
    return {lot.id: [books[lot.book_id]] for lot in lots} | _former(of_funds)


def _former(of_funds: Mapping[UUID, Sequence[Position]]) -> dict[UUID, list[Book]]:
    instruments = {position.instrument_id for several in of_funds.values() for position in several}
    left = TakeOver.objects.filter(quantity_left__gt=0, instrument__in=instruments).select_related("book__loss_event")
    rows = list(left) if instruments else []
    stocks = {lot_id: {(each.instrument_id, each.side) for each in own} for lot_id, own in of_funds.items()}
    return {
        lot_id: [row.book for row in rows if (row.instrument_id, row.side) in own] for lot_id, own in stocks.items()
    }
