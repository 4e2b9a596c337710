"""Who may provide liquidity: groups of related firms, providers, and their suspension.

Called by the admin, the demo and the seeding of a venue.
"""

from accounts.desks.people import lock_provider, save_provider
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.refusals import ReasonMissing
from backstop import clock
from backstop.transactions import operation


@operation
def suspend_provider(*, provider: Provider, reason: str) -> Provider:
    """From now on it takes nothing new; what it has offered stays until it ends or is cancelled."""
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    provider = lock_provider(provider)
    if provider.state != ProviderState.SUSPENDED:
        provider.suspend(reason, clock.now())
        save_provider(provider, "provider_suspended")
    return provider
