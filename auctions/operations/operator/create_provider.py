"""A new provider of liquidity; an auction of its own group's account is closed to it from the start."""

from accounts.models import Group, Provider
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from backstop.models import Venue
from backstop.transactions import operation


@operation
def create_provider(*, venue: Venue, name: str, group: Group) -> Provider:
    """A provider who may take part at once. Raises `group_unknown`, `name_taken`."""
    if group.venue_id != venue.id:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{group} is no group of {venue}")
    participants = ParticipantDesk.of_venue(venue.id)
    provider, created = Provider.objects.get_or_create(venue=venue, name=name, defaults={"group": group})
    if not created:
        raise AccountRefusal.NAME_TAKEN.error(f"{venue} has a provider {name} already")
    participants.write()
    return provider
