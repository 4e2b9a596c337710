"""A provider is suspended, at once and for a reason that it can read."""

from accounts.desks.people import lock_provider, save_provider
from accounts.events import ProviderSuspended
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.transactions import operation


@operation
def suspend_provider(*, provider: Provider, reason: str) -> Provider:
    """From now on it takes nothing new; what it has offered stays until it ends or is cancelled."""
    reason = require_reason(reason)
    provider = lock_provider(provider)
    if provider.state != ProviderState.SUSPENDED:
        provider.suspend(reason, clock.now())
        save_provider(provider, ProviderSuspended)
    return provider
