"""One provider, locked, as it is suspended or resumed."""

from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop import clock
from backstop.record import NewEvent, record_events


def set_provider_state(provider: Provider, state: ProviderState, reason: str) -> Provider:
    provider = Provider.objects.select_for_update(no_key=True).get(id=provider.id)
    if provider.state == state:
        return provider
    provider.move_to(state, clock.now())
    provider.state_reason = reason
    provider.save(update_fields=["state", "state_reason"])
    kind = "provider_suspended" if state == ProviderState.SUSPENDED else "provider_resumed"
    record_events([NewEvent(provider.venue_id, kind, provider.id, provider.id, {"reason": reason})])
    return provider
