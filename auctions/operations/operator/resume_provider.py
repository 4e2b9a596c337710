"""A suspended provider may take part again."""

from accounts.desks.approvals import by_two
from accounts.desks.defaults import require_no_default
from accounts.desks.people import lock_provider, require_provider_state, save_provider, venue_of_provider
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=venue_of_provider)
def resume_provider(*, provider: Provider, reason: str) -> Provider:
    """It may take part again. Raises `reason_missing`, `provider_not_in_state`, `provider_in_default`."""
    reason = require_reason(reason)
    provider = lock_provider(provider)
    require_no_default(provider.id)
    require_provider_state(provider, ProviderState.ACTIVE, ProviderState.SUSPENDED)
    if provider.state != ProviderState.ACTIVE:
        provider.resume(reason, clock.now())
        save_provider(provider)
    return provider
