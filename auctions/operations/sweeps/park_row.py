"""Parking: a row that a sweep failed on unexpectedly stands aside, so that the others go on.

Leaves the reason, an event and the time of the next try.
"""

from datetime import timedelta
from uuid import UUID

from auctions.events import RowParked
from auctions.models import VENUE_OF
from backstop import clock
from backstop.models.base import Swept
from backstop.record import record_events
from backstop.transactions import operation


@operation
def park_row(*, model: type[Swept], row_id: UUID, reason: str, retry_after: timedelta) -> None:
    """Set the row aside for a while."""
    retry_at = clock.now() + retry_after
    model._default_manager.filter(pk=row_id).update(parked_reason=reason[:2000], retry_at=retry_at)
    venue_id = model._default_manager.values_list(VENUE_OF[model], flat=True).get(pk=row_id)
    record_events([RowParked(venue_id=venue_id, subject_id=row_id, row=model.__name__, retry_at=retry_at)])
