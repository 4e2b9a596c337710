"""A new provider of liquidity; an auction of its own group's account is closed to it from the start."""

from accounts.desks.approvals import by_two
from accounts.desks.people import own_venue, record_provider
from accounts.events import ProviderCreated
from accounts.models import Group, Provider
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from backstop.models import Venue
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=own_venue)
def create_provider(*, venue: Venue, name: str, group: Group, reason: str) -> Provider:
    """A provider who may take part at once. Raises `reason_missing`, `group_unknown`, `name_taken`."""
    reason = require_reason(reason)
    if group.venue_id != venue.id:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{group} is no group of {venue}")
    participants = ParticipantDesk.of_venue(venue.id)
    fresh = {"group": group, "state_reason": reason}
    provider, created = Provider.objects.get_or_create(venue=venue, name=name, defaults=fresh)
    if not created:
        raise AccountRefusal.NAME_TAKEN.error(f"{venue} has a provider {name} already")
    participants.write()
    record_provider(provider, ProviderCreated, name=name, reason=reason)
    return provider
