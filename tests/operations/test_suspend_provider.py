"""A provider that is suspended takes nothing new, and what it bid before does not count, unless it is let stand."""

from functools import partial

import pytest

from accounts.queries import get_capacity
from accounts.rules.commitments import Reason
from auctions.lifecycle import BidState
from auctions.models import Award, Bid
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.rules.closing import SUSPENDED
from auctions.rules.transcript import NotCounted
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import a_commitment, perform
from tests.market import a_playbook, an_auction, close, code, edge_for, order, place

pytestmark = pytest.mark.django_db

suspend = partial(perform, suspend_provider, reason="a test")


def winners() -> set[str]:
    return set(Award.objects.exclude(provider=None).values_list("provider__name", flat=True))


def test_suspending_the_provider_stops_all_its_commitments(venue, bitcoin, alice) -> None:
    commitment = a_commitment(alice)
    suspend_provider(provider=alice, reason="insolvent")
    assert edge_for(venue, bitcoin, clock.now()) is None
    (usd,) = get_capacity(type(commitment).objects.get(id=commitment.id), clock.now())
    assert usd.capacity.reasons == (Reason.PROVIDER_SUSPENDED,)
    resume_provider(provider=alice, reason="a test")
    assert edge_for(venue, bitcoin, clock.now()) == 50


def test_what_a_suspended_provider_bid_is_void_at_the_close(alice, bob, auction, travel) -> None:
    place(alice, order(auction, "a1", 100, "1"))
    place(bob, order(auction, "b1", 100, "2"))
    suspend(provider=alice)
    assert build.provider_account(alice).held > 0, "until the close it may be resumed"
    close(auction, travel)
    bid = Bid.objects.get(provider=alice)
    assert (winners(), bid.state, bid.void_reason, bid.held) == ({"Bob"}, BidState.VOID, SUSPENDED, 0)
    assert build.provider_account(alice).held == 0
    mine, _ = market.transcript_of(auction).bids
    assert (mine.not_counted, mine.counted_units) == (NotCounted.VOID, 0)
    assert Event.objects.get(kind="bid_voided").payload["reason"] == SUSPENDED
    invariants.hold()


def test_a_suspended_bidder_is_no_competition(venue, alice, bob, travel) -> None:
    a_playbook(venue, max_reopenings=0)
    auction = an_auction(venue)
    place(alice, order(auction, "a1", 100, "300"))
    place(bob, order(auction, "b1", 100, "310"))
    suspend(provider=alice)
    close(auction, travel)
    assert winners() == set()
    assert not market.transcript_of(auction).outcome.contested


def test_the_bids_of_one_that_is_resumed_in_time_count(alice, bob, auction, travel) -> None:
    place(alice, order(auction, "a1", 100, "1"))
    place(bob, order(auction, "b1", 100, "2"))
    suspend(provider=alice)
    perform(resume_provider, provider=alice, reason="a test")
    close(auction, travel)
    assert winners() == {"Alice"}


def test_an_operator_may_let_them_stand_and_think_again(alice, bob, auction, travel) -> None:
    place(alice, order(auction, "a1", 100, "1"))
    place(bob, order(auction, "b1", 100, "2"))
    suspend(provider=alice)
    suspend(provider=alice, bids_stand=True)
    told = Event.objects.filter(kind="provider_suspended").order_by("id")
    assert [event.payload.get("bids_stand", False) for event in told] == [False, True]
    assert code(alice, auction, "a2") == "provider_suspended"
    close(auction, travel)
    assert winners() == {"Alice"}
    perform(resume_provider, provider=alice, reason="a test")
    alice.refresh_from_db()
    assert not alice.bids_stand


@pytest.mark.parametrize("bids_stand", [False, True])
def test_a_commitments_firm_bid_is_treated_as_any_other(venue, alice, bob, travel, bids_stand) -> None:
    a_playbook(venue, assign_cap_bps="10", max_reopenings=0)
    a_commitment(alice, min_edge_bps="50")
    auction = an_auction(venue)
    place(bob, order(auction, "b1", 100, "60"))
    suspend(provider=alice, bids_stand=bids_stand)
    close(auction, travel)
    assert (winners(), auction.bids.get(provider=alice).state) == (
        ({"Alice"}, BidState.WON) if bids_stand else ({"Bob"}, BidState.VOID)
    )
    market.transcript_of(auction)
    invariants.hold()
