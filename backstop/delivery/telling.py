"""What whoever follows a venue's publication is told: which events, and what of each."""

from typing import Any, Protocol
from uuid import UUID

from backstop.events import Visibility


class Tellable(Protocol):
    """An event, or the copy of it that was published."""

    kind: str
    visibility: str
    subject_id: UUID
    provider_id: UUID | None
    payload: Any


def may_see(visibility: str, concerned: UUID | None, reader: UUID | None) -> bool:
    """Whether the provider `reader`, or with None the venue, may see what concerns this provider, or none alone."""
    if visibility == Visibility.EVERYBODY:
        return True
    if reader is None:
        return visibility in (Visibility.VENUE, Visibility.PROVIDER)
    return visibility in (Visibility.OWN, Visibility.PROVIDER) and concerned == reader


def told(event: Tellable) -> dict[str, Any]:
    """What it says to whoever may see it: its payload, and what it is about. Not who did it: that names others' keys,
    and people."""
    about = {"subject_id": str(event.subject_id), "provider_id": event.provider_id and str(event.provider_id)}
    return {**about, **event.payload}
