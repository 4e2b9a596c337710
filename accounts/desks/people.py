"""One provider, locked, as it is suspended or resumed."""

from accounts.events import ProviderResumed, ProviderSuspended
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop import clock
from backstop.record import record_events


def move_provider(provider: Provider, state: ProviderState, reason: str) -> Provider:
    provider = Provider.objects.select_for_update(no_key=True).get(id=provider.id)
    if provider.state == state:
        return provider
    provider.move_to(state, clock.now())
    provider.state_reason = reason
    provider.save(update_fields=["state", "state_reason"])
    kind = ProviderSuspended if state == ProviderState.SUSPENDED else ProviderResumed
    whose = {"venue_id": provider.venue_id, "subject_id": provider.id, "provider_id": provider.id}
    record_events([kind(**whose, reason=reason)])
    return provider
