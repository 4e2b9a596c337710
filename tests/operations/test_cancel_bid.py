"""A bid is taken back once, by whose it is, while it binds nobody."""

import pytest

from auctions.lifecycle import BidState
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, an_auction, close, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_a_bid_can_be_cancelled_once_in_its_round_and_only_by_its_owner(venue, travel):
    alice, bob, auction = a_bidder(venue), a_bidder(venue, "Bob"), an_auction(venue)
    (one,) = place(alice, order(auction))
    with refused(AuctionRefusal.BID_UNKNOWN):
        perform(cancel_bid, provider_id=bob.id, bid_id=one.bid_id)
    for _ in range(2):
        assert perform(cancel_bid, provider_id=alice.id, bid_id=one.bid_id).state == BidState.CANCELLED
    assert build.provider_account(alice).held == 0
    (two,) = place(alice, order(auction, "b2"))
    close(auction, travel)
    auction.refresh_from_db()
    assert auction.round == 2
    with refused(AuctionRefusal.BID_FIRM):
        perform(cancel_bid, provider_id=alice.id, bid_id=two.bid_id)
    close(auction, travel)
    with refused(AuctionRefusal.BID_NOT_LIVE):
        perform(cancel_bid, provider_id=alice.id, bid_id=two.bid_id)
    invariants.hold()
