"""Two groups of firms are related, or no more: whatever counts groups counts a cluster of related ones as one, and
providers of one take no part in auctions of the other's accounts."""

from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.concentration import tell_concentrated
from accounts.desks.joined_covers import stop_joined
from accounts.events import GroupsParted, GroupsRelated
from accounts.models import Group
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from auctions.queries import get_max_cluster_parts
from backstop.record import record_events
from backstop.transactions import operation


def _parted(*, related: bool = True, **_: Any) -> Stake | None:
    """Groups that count as two compete with each other; as one they are fewer, which protects."""
    return None if related else Stake()


@operation
@by_two(_parted)
def relate_groups(*, venue_id: UUID, group_id: UUID, other_id: UUID, reason: str, related: bool = True) -> Group:
    """From now on these two groups of a venue are related, or not; what they are already changes nothing.
    A cover that may not stand any more, because an insurer is of the protected cluster by that, runs off.

    Raises `reason_missing`, `group_unknown`.
    """
    reason = require_reason(reason)
    participants = ParticipantDesk.of_venue(venue_id)
    group, other = (_group_of(venue_id, each, name) for each, name in ((group_id, "group_id"), (other_id, "other_id")))
    if group == other:
        raise AccountRefusal.GROUP_UNKNOWN.error(f"{other} is no other group than itself", pointer="/other_id")
    if group.related.contains(other) == related:
        return group
    if related:
        group.related.add(other)
        stop_joined(venue_id)
    else:
        group.related.remove(other)
    tell_concentrated(venue_id, get_max_cluster_parts(venue_id))
    participants.write()
    kind = GroupsRelated if related else GroupsParted
    record_events([kind(venue_id=venue_id, subject_id=group.id, other=other.id, reason=reason)])
    return group


def _group_of(venue_id: UUID, group_id: UUID, name: str) -> Group:
    group = Group.objects.filter(venue=venue_id, id=group_id).first()
    if group is None:
        raise AccountRefusal.GROUP_UNKNOWN.error(pointer=f"/{name}")
    return group
