"""A suspended provider may take part again."""

from accounts.desks.people import lock_provider, save_provider
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop import clock
from backstop.transactions import operation


@operation
def resume_provider(*, provider: Provider, reason: str = "") -> Provider:
    """It may take part again."""
    provider = lock_provider(provider)
    if provider.state != ProviderState.ACTIVE:
        provider.resume(reason, clock.now())
        save_provider(provider)
    return provider
