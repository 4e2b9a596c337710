"""One provider, locked, and the record of what becomes of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.events import ProviderResumed, ProviderSuspended
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.refusals import AccountRefusal
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_rows
from backstop.models import Venue
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


def find_provider(venue_id: UUID, provider_id: UUID, own: Provider | None = None) -> Provider:
    """The venue's provider; to a provider (`own`) there is none but itself. Raises `provider_unknown`."""
    provider = Provider.objects.filter(id=provider_id, venue=venue_id).select_related("venue").first()
    if provider is None or own not in (None, provider):
        raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
    return provider


def own_venue(*, venue: Venue, **_: Any) -> UUID:
    """Of an operation on a venue: itself."""
    return venue.id


def venue_of_provider(*, provider: Provider, **_: Any) -> UUID:
    """Of an operation on a provider: whose it is."""
    return provider.venue_id


@requires_transaction
def lock_provider(provider: Provider) -> Provider:
    """The provider as it stands now, locked."""
    (locked,) = lock_rows(Lock.PROVIDER_ROW, Provider.objects.filter(id=provider.id))
    return locked


def require_provider_state(provider: Provider, *states: ProviderState) -> None:
    """Raises `provider_not_in_state` unless it is in one of these."""
    if provider.state not in states:
        raise AccountRefusal.PROVIDER_NOT_IN_STATE.error(f"the provider is {provider.state}")


@requires_transaction
def record_provider(provider: Provider, kind: Callable[..., ProviderEvent], **payload: Any) -> None:
    """Record what became of a provider; `payload` is what this kind of event says beyond whose it is."""
    whose = {"venue_id": provider.venue_id, "subject_id": provider.id, "provider_id": provider.id}
    record_events([kind(**whose, **payload)])


@requires_transaction
def save_provider(provider: Provider) -> None:
    """Write its new state, and record it."""
    save_changes([provider])
    whose: dict[str, Any] = {
        "venue_id": provider.venue_id,
        "subject_id": provider.id,
        "provider_id": provider.id,
        "reason": provider.state_reason,
    }
    suspended = provider.state == ProviderState.SUSPENDED
    told = ProviderSuspended(**whose, bids_stand=provider.bids_stand) if suspended else ProviderResumed(**whose)
    record_events([told])
