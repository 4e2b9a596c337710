"""A provider belongs to another group of firms from now on, and takes part in no auction of its accounts any more."""

from accounts.desks.approvals import by_two
from accounts.desks.concentration import tell_concentrated
from accounts.desks.defaults import require_no_default
from accounts.desks.joined_covers import stop_joined
from accounts.desks.people import venue_of_provider
from accounts.events import ProviderMoved
from accounts.models import Group, Provider
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from auctions.queries import get_max_cluster_parts
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=venue_of_provider)
def move_provider(*, provider: Provider, group: Group, reason: str) -> Provider:
    """Put the provider into this group of its venue; into its own changes nothing. A cover that it insures runs off
    where it protects the cluster of that group.

    Raises `reason_missing`, `group_unknown`, `provider_in_default`: its book is waited for from its group.
    """
    reason = require_reason(reason)
    if group.venue_id != provider.venue_id:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{group} is no group of {provider.venue}")
    participants = ParticipantDesk.of_venue(provider.venue_id)
    provider = Provider.objects.get(id=provider.id)
    if provider.group_id == group.id:
        return provider
    require_no_default(provider.id)
    provider.group = group
    save_changes([provider])
    stop_joined(provider.venue_id)
    tell_concentrated(provider.venue_id, get_max_cluster_parts(provider.venue_id))
    participants.write()
    whose = {"venue_id": provider.venue_id, "subject_id": provider.id, "provider_id": provider.id}
    record_events([ProviderMoved(**whose, group=group.id, reason=reason)])
    return provider
