"""A group of related firms."""

from accounts.models import Group
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from backstop.transactions import operation


@operation
def create_group(*, venue: Venue, name: str) -> Group:
    """A group of related firms. Raises `name_taken`."""
    group, created = Group.objects.get_or_create(venue=venue, name=name)
    if not created:
        raise AccountRefusal.NAME_TAKEN.error(f"{venue} has a group {name} already")
    return group
