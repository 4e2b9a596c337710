"""Reference prices coming in, in batches: each is taken whole or not at all."""

from collections.abc import Sequence
from uuid import UUID

from backstop.desks.marks import BY_HAND, MarkQuote, take_marks
from backstop.models import Mark
from backstop.refusals import GroundRefusal
from backstop.transactions import operation


@operation
def set_marks(*, venue_id: UUID, quotes: Sequence[MarkQuote]) -> list[Mark]:
    """Take a batch of marks, one for each instrument and source at most; none in the name of a person.

    Raises `marks_refused` with every fault.
    """
    places = [index for index, quote in enumerate(quotes) if quote.source.startswith(BY_HAND)]
    if places:
        faults = [GroundRefusal.SOURCE_RESERVED.at(f"/marks/{index}/source") for index in places]
        raise GroundRefusal.MARKS_REFUSED.error(faults[0].message, faults=faults)
    return take_marks(venue_id=venue_id, quotes=quotes)
