"""A fault that nobody contested in time stands; one that no arbiter decided in time was none."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.faults import Ending, end_all, with_rows
from auctions.desks.work import lock_books
from auctions.lifecycle import FaultState
from auctions.models import Book, ProviderFault
from backstop import clock
from backstop.transactions import operation

SILENCE = {FaultState.CONTESTABLE: FaultState.UPHELD, FaultState.CONTESTED: FaultState.DISMISSED}


@operation
def end_faults(*, ids: Sequence[UUID]) -> int:
    """End those of these faults whose time is over; how many there were."""
    books = lock_books(Book.objects.filter(id__in=ProviderFault.objects.filter(id__in=ids).values("book")))
    now = clock.now()
    faults = list(with_rows(ProviderFault.objects.filter(ProviderFault.over_at(now), id__in=ids, book__in=books)))
    end_all([Ending(fault, SILENCE[FaultState(fault.state)]) for fault in faults], now)
    return len(faults)
