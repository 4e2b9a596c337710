"""The circuit breakers of some venues, held: levels stay as they are until the transaction ends."""

from collections.abc import Collection
from uuid import UUID

from backstop.locks import Lock, share


def hold_breakers(venue_ids: Collection[UUID]) -> None:
    """Keep the levels of these venues, and who may take part there, as they are until the transaction ends: the first
    of its locks."""
    share(Lock.BREAKER, list(set(venue_ids)))
