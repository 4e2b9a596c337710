"""What a fault costs is counted: where its drift ends, and once all of its award has been given again, in all."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.faults import CountingDesk, with_rows
from auctions.desks.work import lock_books
from auctions.lifecycle import FaultState
from auctions.models import Book, ProviderFault
from backstop import clock
from backstop.transactions import operation


@operation
def count_faults(*, ids: Sequence[UUID]) -> int:
    """Go on with those of these faults that are not counted; of how many something came."""
    books = lock_books(Book.objects.filter(id__in=ProviderFault.objects.filter(id__in=ids).values("book")))
    faults = with_rows(ProviderFault.objects.filter(id__in=ids, book__in=books, state=FaultState.COUNTING))
    return CountingDesk(list(faults), clock.now()).count()
