"""Who may provide liquidity: a provider that belongs to another group of firms from now on.

Guarantees that it takes part in no auction of its new group's accounts, not with what it had bid there before either.
"""

from accounts.models import Group, Provider
from auctions.desks.participants import ParticipantDesk
from backstop.errors import Refused
from backstop.record import NewEvent, record_events
from backstop.transactions import operation


@operation
def move_provider(*, provider: Provider, group: Group) -> Provider:
    """Put the provider into this group of its venue; into its own changes nothing."""
    if group.venue_id != provider.venue_id:
        raise Refused(f"{group} is no group of {provider.venue}", pointer="/group")
    participants = ParticipantDesk.of_venue(provider.venue_id)
    provider = Provider.objects.get(id=provider.id)
    if provider.group_id == group.id:
        return provider
    provider.group = group
    provider.save(update_fields=["group"])
    participants.write()
    payload = {"group": group.id}
    record_events([NewEvent(provider.venue_id, "provider_moved", provider.id, provider.id, payload)])
    return provider
