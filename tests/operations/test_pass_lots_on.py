"""What one step leaves goes on to the next one that there is for it."""

import pytest

from accounts.models import Provider
from auctions.lifecycle import StepKind
from auctions.models import AtFault, Auction, Settlement
from tests import builders as build
from tests import invariants, market
from tests.market import a_plain_book, kinds_of_steps, on_to_dutch, reject

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


@pytest.mark.parametrize("fault", [AtFault.PROVIDER, AtFault.VENUE])
def test_units_rejected_out_of_the_dutch_auction_get_one_more_and_then_the_fund(venue, travel, fault):
    alice = build.a_provider(venue, "Alice")
    build.a_provider(venue, "Bob")
    a_plain_book(venue)
    market.sweep()
    market.take(alice, on_to_dutch(travel), "t1", 100, floor="0")
    reject(venue, Settlement.objects.get(), fault)
    market.sweep()
    assert kinds_of_steps() == [StepKind.ASSIGN, StepKind.SEALED, StepKind.DUTCH, StepKind.DUTCH]
    bob = Provider.objects.get(name="Bob")
    travel(seconds=10)
    market.take(bob, Auction.objects.get(state="OPEN"), "t1", 100, floor="0")
    reject(venue, Settlement.objects.get(state="AWAITING"), fault)
    market.sweep()
    assert kinds_of_steps()[4:] == [StepKind.FUND]
    invariants.everything_ended()
