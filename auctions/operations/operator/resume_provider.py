"""A suspended provider may take part again."""

from accounts.desks.people import set_provider_state
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop.transactions import operation


@operation
def resume_provider(*, provider: Provider, reason: str = "") -> Provider:
    """It may take part again."""
    return set_provider_state(provider, ProviderState.ACTIVE, reason)
