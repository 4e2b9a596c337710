"""A provider that is resumed may take part again, but where it is excluded."""

import pytest

from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, code, excluded_by_api

pytestmark = pytest.mark.django_db


def test_an_owner_that_was_suspended_at_the_opening_is_excluded_when_it_is_resumed(venue, owner) -> None:
    a_playbook(venue)
    owners = a_bidder(venue, "Olga", group=owner)
    perform(suspend_provider, provider=owners, reason="a test")
    auction = an_auction(venue, owner_group="Owner")
    perform(resume_provider, provider=owners, reason="a test")
    assert code(owners, auction) == "provider_excluded"
    assert excluded_by_api(owners, auction)
