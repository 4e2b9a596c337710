"""Somebody applies to provide: known from now on, and taking part once the venue has approved it."""

from accounts.desks.people import record_provider
from accounts.events import ProviderApplied
from accounts.lifecycle import ProviderState
from accounts.models import Group, Provider
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from backstop.models import Venue
from backstop.transactions import operation


@operation
def apply_as_provider(*, venue: Venue, name: str, group: Group, reason: str) -> Provider:
    """A provider who may look, and accept terms, until it is approved. Raises `reason_missing`, `group_unknown`,
    `name_taken`."""
    reason = require_reason(reason)
    if group.venue_id != venue.id:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{group} is no group of {venue}")
    participants = ParticipantDesk.of_venue(venue.id)
    applied = {"group": group, "state": ProviderState.APPLIED, "state_reason": reason}
    provider, created = Provider.objects.get_or_create(venue=venue, name=name, defaults=applied)
    if not created:
        raise AccountRefusal.NAME_TAKEN.error(f"{venue} has a provider {name} already")
    participants.write()
    record_provider(provider, ProviderApplied, name=name, reason=reason)
    return provider
