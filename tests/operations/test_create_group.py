"""A group has a name of its own in its venue."""

import pytest

from accounts.operations.people.create_group import create_group
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.create_provider import create_provider
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_names_of_groups_and_providers_are_taken_once_in_a_venue(venue) -> None:
    group = create_group(venue=venue, name="Bob & sons", reason="a test")
    create_provider(venue=venue, name="Bob", group=group, reason="a test")
    with refused(AccountRefusal.NAME_TAKEN):
        create_group(venue=venue, name="Bob & sons", reason="a test")
    with refused(AccountRefusal.NAME_TAKEN):
        create_provider(venue=venue, name="Bob", group=group, reason="a test")
