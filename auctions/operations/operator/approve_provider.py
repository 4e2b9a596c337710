"""Who applied, and accepted the terms, is approved."""

from accounts.desks.approvals import by_two
from accounts.desks.people import lock_provider, record_provider, require_provider_state, venue_of_provider
from accounts.events import ProviderApproved
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=venue_of_provider)
def approve_provider(*, provider: Provider, reason: str) -> Provider:
    """It may take part. Raises `reason_missing`, `provider_not_in_state`, `terms_not_accepted`."""
    reason = require_reason(reason)
    participants = ParticipantDesk.of_venue(provider.venue_id)
    provider = lock_provider(provider)
    require_provider_state(provider, ProviderState.APPLIED)
    if provider.terms_version is None:
        raise AccountRefusal.TERMS_NOT_ACCEPTED.error()
    provider.approve(reason, clock.now())
    save_changes([provider])
    record_provider(provider, ProviderApproved, reason=reason)
    participants.write()
    return provider
