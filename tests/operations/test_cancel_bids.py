"""All that may be taken back is taken back at once; firm words stand, and are counted."""

import pytest

from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.operations.provider.cancel_bids import cancel_bids
from backstop.models import Event
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, a_dutch_auction, a_dutch_playbook, an_auction, close, order, place, ready

pytestmark = pytest.mark.django_db


def states(provider) -> list[str]:
    return list(Bid.objects.filter(provider=provider).order_by("sequence").values_list("state", flat=True))


def test_all_bids_in_all_auctions_are_taken_back_and_nobody_elses(venue):
    alice, bob = a_bidder(venue), a_bidder(venue, "Bob")
    auctions = [an_auction(venue, reference) for reference in ("book-1", "book-2")]
    for auction in auctions:
        place(alice, order(auction, f"{auction.id} one"), order(auction, f"{auction.id} two"))
    place(bob, order(auctions[0]))
    for expected in (4, 0):
        done = perform(cancel_bids, provider_id=alice.id)
        assert (len(done.bids), done.bids_standing) == (expected, 0)
    assert states(alice) == [BidState.CANCELLED] * 4
    assert states(bob) == [BidState.LIVE]
    assert build.provider_account(alice).held == 0
    assert Event.objects.filter(kind="bid_cancelled", provider_id=alice.id).count() == 4
    invariants.hold()


def test_what_was_carried_over_stands(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    close(auction, travel)
    place(alice, order(auction, "fresh"))
    done = perform(cancel_bids, provider_id=alice.id)
    assert ([bid.client_bid_id for bid in done.bids], done.bids_standing) == (["fresh"], 1)
    assert states(alice) == [BidState.LIVE, BidState.CANCELLED]


def test_at_the_deadline_it_is_too_late(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    travel.to(auction.closes_at)
    done = perform(cancel_bids, provider_id=alice.id)
    assert (done.bids, done.bids_standing) == ([], 1)


def test_a_word_of_readiness_stands(venue, travel):
    a_dutch_playbook(venue)
    alice = a_bidder(venue)
    ready(alice, a_dutch_auction(venue, travel), 5)
    done = perform(cancel_bids, provider_id=alice.id)
    assert (done.bids, done.readiness_standing, done.cut_bids_standing) == ([], 1, 0)
