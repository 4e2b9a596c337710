"""A group of related firms."""

from accounts.models import Group
from accounts.rules.refusals import NameTaken
from backstop.models import Venue
from backstop.transactions import operation


@operation
def create_group(*, venue: Venue, name: str) -> Group:
    """A group of related firms. Raises `NameTaken`."""
    group, created = Group.objects.get_or_create(venue=venue, name=name)
    if not created:
        raise NameTaken(f"{venue} has a group {name} already", pointer="/name")
    return group
