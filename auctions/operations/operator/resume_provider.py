"""Who may provide liquidity: groups of related firms, providers, and their suspension.

Called by the admin, the demo and the seeding of a venue.
"""

from accounts.desks.people import set_provider_state
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop.transactions import operation


@operation
def resume_provider(*, provider: Provider, reason: str = "") -> Provider:
    """It may take part again."""
    return set_provider_state(provider, ProviderState.ACTIVE, reason)
