"""Bids that are void hold nothing, and their providers are told; nobody learns what was bid."""

import pytest
from django.db import IntegrityError, transaction

from accounts.desks.journal import Journal
from auctions.desks.bids import accounts_of_offers, void_bids
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import Event
from backstop.transactions import operation
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue)
    return venue


@operation
def void_all(auctions, reason="the book was withdrawn"):
    lock(Lock.AUCTION, auctions)
    journal = Journal.opened(accounts_of_offers(auctions).values())
    voided = void_bids(auction_ids=auctions, reason=reason, journal=journal, now=clock.now())
    journal.write()
    return voided


def test_void_bids_hold_nothing_and_their_providers_are_told(venue):
    alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
    first, second = an_auction(venue, "book-1"), an_auction(venue, "book-2")
    place(alice, order(first, "b1", edge="123.4567"), order(first, "b2"), order(second, "b3"))
    (cancelled,) = place(bob, order(first))
    perform(cancel_bid, provider_id=bob.id, bid_id=cancelled.bid_id)
    ids = [str(bid.id) for bid in Bid.objects.filter(auction=first, provider=alice).order_by("sequence")]
    before = build.provider_account(alice).held
    assert perform(void_all, auctions=[first.id]) == 2
    assert set(Bid.objects.filter(auction=first, provider=alice).values_list("state", "held", "void_reason")) == {
        (BidState.VOID, 0, "the book was withdrawn")
    }
    assert 0 < build.provider_account(alice).held < before, "what the other auction holds is still held"
    events = Event.objects.filter(kind="bid_voided").values_list("subject_id", "provider_id", "payload")
    said = {"bids": 2, "reason": "the book was withdrawn", "voided": ids}
    assert list(events) == [(first.id, alice.id, said)]
    invariants.hold()


def test_a_void_bid_is_not_cancelled_and_voiding_twice_voids_once(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    (placed,) = place(alice, order(auction))
    assert [perform(void_all, auctions=[auction.id]) for _ in range(2)] == [1, 0]
    with refused(AuctionRefusal.BID_NOT_LIVE):
        perform(cancel_bid, provider_id=alice.id, bid_id=placed.bid_id)


def test_no_bid_is_void_without_a_reason(venue):
    place(a_bidder(venue), order(an_auction(venue)))
    with pytest.raises(IntegrityError, match="bid_void_for_a_reason"), transaction.atomic():
        Bid.objects.update(state=BidState.VOID, held=0)
