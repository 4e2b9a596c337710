"""A provider is suspended, at once and for a reason that it can read."""

from accounts.desks.people import set_provider_state
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


@operation
def suspend_provider(*, provider: Provider, reason: str) -> Provider:
    """From now on it takes nothing new; what it has offered stays until it ends or is cancelled."""
    if not reason.strip():
        raise AccountRefusal.REASON_MISSING.error()
    return set_provider_state(provider, ProviderState.SUSPENDED, reason)
