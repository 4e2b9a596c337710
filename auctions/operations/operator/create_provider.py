"""Who may provide liquidity: a new provider, of a group of related firms.

Guarantees that an auction of its own group's account is closed to it from the start.
"""

from accounts.models import Group, Provider
from accounts.rules.refusals import NameTaken
from auctions.desks.participants import ParticipantDesk
from backstop.errors import Refused
from backstop.models import Venue
from backstop.transactions import operation


@operation
def create_provider(*, venue: Venue, name: str, group: Group) -> Provider:
    """A provider who may take part at once. Raises `NameTaken`."""
    if group.venue_id != venue.id:
        raise Refused(f"{group} is no group of {venue}", pointer="/group")
    participants = ParticipantDesk.of_venue(venue.id)
    provider, created = Provider.objects.get_or_create(venue=venue, name=name, defaults={"group": group})
    if not created:
        raise NameTaken(f"{venue} has a provider {name} already", pointer="/name")
    participants.write()
    return provider
