"""Who may provide liquidity: groups of related firms, providers, and their suspension.

Called by the admin, the demo and the seeding of a venue.
"""

from accounts.desks.people import set_provider_state
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.refusals import ReasonMissing
from backstop.transactions import operation


@operation
def suspend_provider(*, provider: Provider, reason: str) -> Provider:
    """From now on it takes nothing new; what it has offered stays until it ends or is cancelled."""
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    return set_provider_state(provider, ProviderState.SUSPENDED, reason)
