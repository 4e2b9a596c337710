"""Losses of a venue are shared one at a time."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import LossEvent
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock
from backstop.transactions import requires_transaction


@requires_transaction
def lock_losses(venue_ids: Collection[UUID]) -> None:
    """One at a time shares these venues' losses: what one has used of a layer the next one sees."""
    lock(Lock.LOSSES, venue_ids)


@requires_transaction
def lock_loss_event(venue_id: UUID, loss_event_id: UUID) -> LossEvent:
    """The venue's event, while nobody shares its losses. Raises `loss_event_unknown`."""
    lock_losses([venue_id])
    event = LossEvent.objects.filter(id=loss_event_id, venue=venue_id).select_related("plan").first()
    if event is None:
        raise AccountRefusal.LOSS_EVENT_UNKNOWN.error()
    return event
