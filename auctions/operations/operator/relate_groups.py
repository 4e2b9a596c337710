"""Two groups of firms are related, or no more: providers of one take no part in auctions of the other's accounts."""

from accounts.events import GroupsParted, GroupsRelated
from accounts.models import Group
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from backstop.record import record_events
from backstop.transactions import operation


@operation
def relate_groups(*, group: Group, other: Group, related: bool = True) -> None:
    """From now on these two groups of a venue are related, or not; what they are already changes nothing.

    Raises `group_unknown`.
    """
    if group.venue_id != other.venue_id or group.id == other.id:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{other} is no other group of {group.venue}", pointer="/other")
    participants = ParticipantDesk.of_venue(group.venue_id)
    if group.related.contains(other) == related:
        return
    if related:
        group.related.add(other)
    else:
        group.related.remove(other)
    participants.write()
    kind = GroupsRelated if related else GroupsParted
    record_events([kind(venue_id=group.venue_id, subject_id=group.id, other=other.id)])
