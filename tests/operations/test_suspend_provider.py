"""A provider that is suspended takes nothing new; what it offered before stays."""

import pytest

from accounts.queries import get_capacity
from accounts.rules.commitments import Reason
from auctions.models import Award
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from tests.builders import a_commitment, perform
from tests.market import close, edge_for, order, place

pytestmark = pytest.mark.django_db


def test_suspending_the_provider_stops_all_its_commitments(venue, bitcoin, alice) -> None:
    commitment = a_commitment(alice)
    suspend_provider(provider=alice, reason="insolvent")
    assert edge_for(venue, bitcoin, clock.now()) is None
    (usd,) = get_capacity(type(commitment).objects.get(id=commitment.id), clock.now())
    assert usd.capacity.reasons == (Reason.PROVIDER_SUSPENDED,)
    resume_provider(provider=alice)
    assert edge_for(venue, bitcoin, clock.now()) == 50


def test_what_a_provider_bid_before_it_was_suspended_still_counts(venue, alice, bob, auction, travel) -> None:
    place(alice, order(auction, "a1", 50, "1"))
    place(bob, order(auction, "b1", 50, "2"))
    perform(suspend_provider, provider=alice, reason="a test")
    close(auction, travel)
    assert alice.id in Award.objects.values_list("provider", flat=True)
