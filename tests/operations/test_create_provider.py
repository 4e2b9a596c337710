"""A provider is of a group of its venue, and shares what that is excluded from."""

import pytest

from accounts.operations.people.create_group import create_group
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.create_provider import create_provider
from tests import builders as build
from tests.builders import a_venue, perform
from tests.market import excluded_by_api
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_a_provider_is_of_a_group_of_its_own_venue(venue) -> None:
    with refused(AccountRefusal.GROUP_UNKNOWN):
        elsewhere = create_group(venue=a_venue(), name="Elsewhere", reason="a test")
        create_provider(venue=venue, name="Bob", group=elsewhere, reason="a test")


def test_a_provider_created_in_the_owners_group_is_excluded_from_the_start(venue, owner, auction) -> None:
    late = perform(create_provider, venue=venue, name="Late", group=owner, reason="a test")
    build.a_provider_key(late)
    assert excluded_by_api(late, auction)
    auction.refresh_from_db()
    assert auction.excluded_providers == (late.id,)
