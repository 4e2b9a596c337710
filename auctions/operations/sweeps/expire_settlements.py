"""A venue that did not confirm a settlement in time is taken at its silence: the settlement fails, by its fault."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.settlements import fail_settlements, with_award
from auctions.desks.work import lock_books
from auctions.lifecycle import SettlementState
from auctions.models import Book, Settlement
from backstop import clock
from backstop.transactions import operation


@operation
def expire_settlements(*, ids: Sequence[UUID]) -> int:
    """Give up those of these settlements whose time for confirming is over; how many there were."""
    books = lock_books(Book.objects.filter(id__in=Settlement.objects.filter(id__in=ids).values("book")))
    now = clock.now()
    settlements = list(
        with_award(
            Settlement.objects.filter(id__in=ids, book__in=books, state=SettlementState.AWAITING, confirm_by__lte=now)
        )
    )
    for settlement in settlements:
        settlement.expire(now)
    fail_settlements(settlements, now)
    return len(settlements)
