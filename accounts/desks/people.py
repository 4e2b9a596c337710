"""One provider, locked, as it is suspended or resumed."""

from typing import Any

from accounts.events import ProviderResumed, ProviderSuspended
from accounts.models import Provider
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def lock_provider(provider: Provider) -> Provider:
    """The provider as it stands now, locked."""
    (locked,) = lock_rows(Lock.PROVIDER_ROW, Provider.objects.filter(id=provider.id))
    return locked


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
    suspended = provider.is_suspended
    told = ProviderSuspended(**whose, bids_stand=provider.bids_stand) if suspended else ProviderResumed(**whose)
    record_events([told])
