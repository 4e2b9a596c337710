"""The record of what happened: written with the change itself, published afterwards in one gapless order.

`record_events` is called by every operation that changes something, `publish_events` by the relay alone. Guarantees
that an event exists exactly when its change is committed, and that positions, which readers follow, have no gaps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from backstop.models import Event, Outbox
from backstop.transactions import requires_transaction
from backstop.values.amounts import to_text


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What happened to the row `subject_id`. With `provider_id` it concerns that provider alone, else the whole venue.

    The payload may hold Decimals, ids and times: they are written as plain text.
    """

    venue_id: UUID
    kind: str
    subject_id: UUID
    provider_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@requires_transaction
def record_events(events: Sequence[NewEvent]) -> None:
    """Write events in their order, to be published once this transaction is committed. Two statements."""
    rows = [
        Event(
            venue_id=event.venue_id,
            kind=event.kind,
            subject_id=event.subject_id,
            provider_id=event.provider_id,
            payload=json.loads(json.dumps(event.payload, default=_plain)),
        )
        for event in events
    ]
    Outbox.objects.bulk_create([Outbox(event=row) for row in Event.objects.bulk_create(rows)])


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"an event cannot hold {value!r}")
