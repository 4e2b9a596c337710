"""After a long halt sealed bids are asked for again; who is silent is void, and nobody is bound until then."""

from datetime import timedelta

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Award, Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.reconfirm_bid import reconfirm_bid
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, mark_again, order, place, reconfirm
from tests.refusing import refused

pytestmark = pytest.mark.django_db

N = 60


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue, reconfirm_after_seconds=N, reconfirm_seconds=20, cover_percent=0)
    return venue


def halted_for(auction, travel, seconds):
    """The auction after a halt of so long, which began a minute after its deadline."""
    travel.to(auction.opens_at + timedelta(seconds=61))
    run_stage("close_auctions")
    travel(seconds=seconds)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN
    return auction


def test_a_halt_of_exactly_n_seconds_asks_nobody(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    assert halted_for(auction, travel, N).reconfirm_since is None
    close(auction, travel)
    assert not Bid.objects.filter(state=BidState.VOID).exists()


def test_after_a_longer_halt_silent_bids_are_void_and_reconfirmed_ones_count(venue, travel):
    auction = an_auction(venue)
    alice, bob, charlie = (a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie"))
    place(alice, order(auction, units=50, edge="100"))
    place(bob, order(auction, units=50, edge="100"), order(auction, "b2", units=50, edge="90"))
    halted_for(auction, travel, N + 0.000001)
    assert auction.reconfirm_since == clock.now()
    assert auction.closes_at == clock.now() + timedelta(seconds=20), "time to answer"
    place(charlie, order(auction, units=50, edge="100"))
    assert reconfirm(alice, auction) == reconfirm(alice, auction) == 1
    kept = Bid.objects.get(provider=bob, client_bid_id="b1")
    assert perform(reconfirm_bid, provider_id=bob.id, bid_id=kept.id).must_reconfirm is False
    assert close(auction, travel).state == AuctionState.AWARDED
    states = {(bid.provider.name, bid.client_bid_id): bid.state for bid in Bid.objects.all()}
    assert states.pop(("Bob", "b2")) == BidState.VOID
    assert BidState.VOID not in states.values(), "Charlie bid after the halt"
    assert sum(award.units for award in Award.objects.all()) == 100
    (told,) = Event.objects.filter(kind="bid_voided")
    assert (told.provider_id, told.payload["bids"]) == (bob.id, 1)
    assert build.provider_account(bob).held == sum(a.collateral_held for a in Award.objects.filter(provider=bob))
    invariants.hold()


def test_void_bids_make_no_competition_and_do_not_come_back_in_the_reopening(venue, travel):
    auction = an_auction(venue)
    place(a_bidder(venue), order(auction, units=100, edge="300"))
    place(a_bidder(venue, "Bob"), order(auction, units=100, edge="300"))
    halted_for(auction, travel, N + 1)
    assert close(auction, travel).round == 2
    assert (auction.reconfirm_since, Bid.objects.filter(state=BidState.VOID).count()) == (None, 2)
    assert close(auction, travel).state == AuctionState.UNFILLED


def test_a_commitments_bid_needs_no_word(venue, travel):
    build.a_commitment(a_bidder(venue), min_edge_bps="250", cap_per_assignment="20000")
    auction = an_auction(venue)
    halted_for(auction, travel, N + 1)
    assert reconfirm(a_bidder(venue, "Bob"), auction) == 0
    close(auction, travel)
    assert not Bid.objects.filter(state=BidState.VOID).exists()


def test_carried_over_bids_can_be_cancelled_in_a_halt_and_until_the_close_after_it(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    first, second, third = place(alice, order(auction), order(auction, "b2"), order(auction, "b3"))
    close(auction, travel)
    with refused(AuctionRefusal.BID_FIRM):
        perform(cancel_bid, provider_id=alice.id, bid_id=first.bid_id)
    travel.to(auction.closes_at + timedelta(seconds=61))
    run_stage("close_auctions")
    assert perform(cancel_bid, provider_id=alice.id, bid_id=first.bid_id).state == BidState.CANCELLED
    travel(seconds=N + 1)
    mark_again()
    run_stage("close_auctions")
    assert perform(cancel_bid, provider_id=alice.id, bid_id=second.bid_id).state == BidState.CANCELLED
    assert reconfirm(alice, auction) == 1
    auction.refresh_from_db()
    close(auction, travel)
    assert Bid.objects.get(id=third.bid_id).state == BidState.LOST or Award.objects.exists()
