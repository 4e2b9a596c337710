"""One bid is let stand after a long halt; what cannot be."""

import pytest

from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.reconfirm_bid import reconfirm_bid
from auctions.operations.provider.reconfirm_bids import reconfirm_bids
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, mark_again, order, place, reconfirm
from tests.refusing import refused

pytestmark = pytest.mark.django_db


N = 60


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue, reconfirm_after_seconds=N, reconfirm_seconds=20, cover_percent=0)
    return venue


def test_what_cannot_be_reconfirmed(venue, travel):
    alice, bob, auction = a_bidder(venue), a_bidder(venue, "Bob"), an_auction(venue)
    (placed,) = place(alice, order(auction))
    assert perform(reconfirm_bid, provider_id=alice.id, bid_id=placed.bid_id).reconfirmed_at is None, "nobody asked"
    with refused(AuctionRefusal.BID_UNKNOWN):
        perform(reconfirm_bid, provider_id=bob.id, bid_id=placed.bid_id)
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        perform(reconfirm_bids, venue_id=build.a_venue().id, provider_id=alice.id, auction_id=auction.id)
    travel(seconds=61)
    run_stage("close_auctions")
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        reconfirm(alice, auction)
    perform(cancel_bid, provider_id=alice.id, bid_id=placed.bid_id)
    travel(seconds=N + 1)
    mark_again()
    run_stage("close_auctions")
    with refused(AuctionRefusal.BID_NOT_LIVE):
        perform(reconfirm_bid, provider_id=alice.id, bid_id=placed.bid_id)
    auction.refresh_from_db()
    travel.to(auction.closes_at)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        reconfirm(alice, auction)
