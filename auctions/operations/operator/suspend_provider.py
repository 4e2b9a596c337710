"""A provider is suspended, at once and for a reason that it can read."""

from typing import Any

from accounts.desks.approvals import by_two
from accounts.desks.people import lock_provider, require_provider_state, save_provider, venue_of_provider
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from auctions.desks.participants import ParticipantDesk
from backstop import clock
from backstop.transactions import operation


def _bids_let_stand(*, provider: Provider, bids_stand: bool = False, **_: Any) -> Stake | None:
    """Suspending protects, and is immediate; that bids which are void by it count after all is a risk."""
    now = Provider.objects.get(id=provider.id)
    return Stake() if bids_stand and now.state == ProviderState.SUSPENDED and not now.bids_stand else None


@operation
@by_two(_bids_let_stand, venue_of=venue_of_provider)
def suspend_provider(*, provider: Provider, reason: str, bids_stand: bool = False) -> Provider:
    """From now on it takes nothing new, and what it has bid is void at the close, unless `bids_stand`: what was decided
    before stays. Once it is suspended, the same again changes nothing, and another choice counts from then on.

    Raises `reason_missing`, `provider_not_in_state`.
    """
    reason = require_reason(reason)
    participants = ParticipantDesk.of_venue(provider.venue_id)
    provider = lock_provider(provider)
    require_provider_state(provider, ProviderState.ACTIVE, ProviderState.SUSPENDED)
    if provider.state == ProviderState.SUSPENDED and provider.bids_stand == bids_stand:
        return provider
    provider.suspend(reason, clock.now(), bids_stand=bids_stand)
    save_provider(provider)
    participants.write()
    return provider
