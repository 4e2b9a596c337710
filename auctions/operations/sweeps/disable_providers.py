"""Providers of whom too many faults stand within a few minutes, or something that they were called for is written off,
are suspended, until a person resumes them."""

from collections.abc import Sequence
from uuid import UUID

from accounts.events import ProviderSuspended
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from accounts.queries import list_unpaying
from accounts.rules.sharing.assessments import NEVER_PAID
from auctions.desks.participants import ParticipantDesk
from auctions.rules.standing_faults import REASON
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def disable_providers(*, ids: Sequence[UUID]) -> int:
    """Suspend those of these providers, all of one venue, that take part; how many there were. What they have bid is
    void at the close."""
    asked = Provider.objects.filter(id__in=ids, state=ProviderState.ACTIVE)
    venue_id = asked.values_list("venue_id", flat=True).first()
    if venue_id is None:
        return 0
    participants = ParticipantDesk.of_venue(venue_id)
    providers = lock_rows(Lock.PROVIDER_ROW, asked)
    now, unpaying = clock.now(), set(list_unpaying().filter(id__in=ids))
    for provider in providers:
        provider.suspend(NEVER_PAID if provider in unpaying else REASON, now, bids_stand=False)
    save_changes(providers)
    record_events([_told(provider) for provider in providers])
    participants.write()
    return len(providers)


def _told(provider: Provider) -> ProviderSuspended:
    return ProviderSuspended(
        venue_id=provider.venue_id, subject_id=provider.id, provider_id=provider.id, reason=provider.state_reason
    )
