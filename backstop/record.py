"""What happens is recorded together with the change itself.

Guarantees that an event exists exactly when its change is committed, and that it names who acted.
"""

from collections.abc import Sequence

from backstop import models
from backstop.events import DomainEvent, OwnEvent, ProviderEvent
from backstop.transactions import current_actor, requires_transaction


@requires_transaction
def record_events(events: Sequence[DomainEvent]) -> None:
    """Write events in their order, to be published once this transaction is committed. Two statements."""
    actor = current_actor()
    rows = [
        models.Event(
            venue_id=event.venue_id,
            kind=event.KIND,
            visibility=event.VISIBILITY,
            subject_id=event.subject_id,
            provider_id=event.provider_id if isinstance(event, OwnEvent | ProviderEvent) else None,
            payload=event.payload,
            actor=actor,
        )
        for event in events
    ]
    written = models.Event.objects.bulk_create(rows)
    models.Outbox.objects.bulk_create([models.Outbox(event_id=row.id, venue_id=row.venue_id) for row in written])
