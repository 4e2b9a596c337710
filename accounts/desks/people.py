"""One provider, locked, as it is suspended or resumed."""

from accounts.models import Provider
from backstop.models.base import save_changes
from backstop.record import NewEvent, record_events


def lock_provider(provider: Provider) -> Provider:
    return Provider.objects.select_for_update(no_key=True).get(id=provider.id)


def save_provider(provider: Provider, kind: str) -> None:
    save_changes([provider])
    record_events([NewEvent(provider.venue_id, kind, provider.id, provider.id, {"reason": provider.state_reason})])
