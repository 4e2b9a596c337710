"""A group of related firms."""

from accounts.events import GroupCreated
from accounts.models import Group
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from backstop.record import record_events
from backstop.transactions import operation


@operation
def create_group(*, venue: Venue, name: str, reason: str) -> Group:
    """A group of related firms. Raises `reason_missing`, `name_taken`."""
    reason = require_reason(reason)
    group, created = Group.objects.get_or_create(venue=venue, name=name)
    if not created:
        raise AccountRefusal.NAME_TAKEN.error(f"{venue} has a group {name} already")
    record_events([GroupCreated(venue_id=venue.id, subject_id=group.id, name=name, reason=reason)])
    return group
