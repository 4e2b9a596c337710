"""Reference prices coming in, in batches: each is taken whole or not at all."""

from collections.abc import Sequence
from uuid import UUID

from backstop.desks.marks import MarkQuote, take_marks
from backstop.models import Mark
from backstop.transactions import operation


@operation
def set_marks(*, venue_id: UUID, quotes: Sequence[MarkQuote]) -> list[Mark]:
    """Take a batch of marks, one for each instrument and source at most. Raises `marks_refused` with every fault."""
    return take_marks(venue_id=venue_id, quotes=quotes)
