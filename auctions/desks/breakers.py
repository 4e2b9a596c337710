"""Breaking: an operator, or the venue's own engine, stops part of the market, and lets it go on again.

Called by `PUT /v1/breakers` and the admin. Guarantees that a level is in force from its commit on: whatever it stops
was committed before or does not happen.
"""

from collections.abc import Collection
from uuid import UUID

from backstop.transactions import lock_shared


def hold_breakers(venue_ids: Collection[UUID]) -> None:
    """Keep the levels of these venues, and who may take part there, as they are until the transaction ends: the first
    of its locks."""
    lock_shared("breaker", list(set(venue_ids)))
