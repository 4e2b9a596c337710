"""How many bids of a provider an auction ever takes, and what those that do not count cost its close."""

from dataclasses import replace

import pytest

from auctions.desks import seals
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.transcript import NotCounted
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, order, place, transcript_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(monkeypatch):
    """How many ciphertexts were opened."""
    count, decrypt = [], seals.decrypt_offer
    monkeypatch.setattr(seals, "decrypt_offer", lambda *args: count.append(args) or decrypt(*args))
    return count


def test_whoever_improves_a_hundred_bids_by_a_hair_again_and_again_is_refused_soon(venue, travel, opened):
    mallory, auction = a_bidder(venue, "Mallory"), an_auction(venue)
    place(mallory, *(order(auction, f"0-{number}", 1) for number in range(100)))
    tried = []
    for turn, edge in enumerate(("99.9999", "99", "98"), 1):
        better = [order(auction, f"{turn}-{number}", 1, edge) for number in range(100)]
        former = 0 if turn < 3 else 2
        outcomes = place(mallory, *(replace(one, improves=f"{former}-{at}") for at, one in enumerate(better)))
        tried.append({one.code for one in outcomes})
    assert tried == [{"improvement_too_small"}, {None}, {"bids_too_many"}]
    place(a_bidder(venue, "Bob"), order(auction, "b", 100, "50"))
    opened.clear()
    assert close(auction, travel).state == AuctionState.AWARDED
    assert len(opened) == 101, "what was improved is not opened"
    invariants.hold()


def test_live_cancelled_and_void_bids_count_together_and_commitments_do_not(venue):
    a_playbook(venue, max_bids=3)
    alice, auction = a_bidder(venue), an_auction(venue)
    (first,) = place(alice, order(auction, "b1"))
    perform(cancel_bid, provider_id=alice.id, bid_id=first.bid_id)
    outcomes = place(alice, *(order(auction, f"b{number}") for number in range(2, 6)))
    assert [one.code for one in outcomes] == [None, None, "bids_too_many", "bids_too_many"]
    Bid.objects.filter(client_bid_id="b2").update(
        state="VOID", held=0, void_reason="a test", voided_at=auction.opens_at
    )
    assert code(alice, auction, "b6") == "bids_too_many"
    assert place(alice, order(auction, "b3"))[0].code is None, "what was placed before is answered as ever"
    assert code(a_bidder(venue, "Bob"), auction) is None, "nobody else is refused for it"
    assert code(alice, an_auction(venue, "book-2"), "c1") is None, "nor in another auction"


def test_what_was_taken_back_is_a_leaf_of_the_transcript_and_stays_sealed(venue, travel):
    a_playbook(venue, cover_percent=0)
    auction = an_auction(venue)
    alice = a_bidder(venue)
    (gone, kept) = place(alice, order(auction, "b1", 10, "5"), order(auction, "b2", 10, "6"))
    perform(cancel_bid, provider_id=alice.id, bid_id=gone.bid_id)
    place(a_bidder(venue, "Bob"), order(auction, "b1", 100, "50"))
    close(auction, travel)
    document = transcript_of(auction)
    cancelled = Bid.objects.get(id=gone.bid_id)
    (leaf,) = [bid for bid in document.bids if bid.digest == bytes(cancelled.digest)]
    assert (leaf.state, leaf.offer, leaf.not_counted) == (BidState.CANCELLED, None, NotCounted.CANCELLED)
    assert (cancelled.units, cancelled.edge_bps) == (None, None)
    assert Bid.objects.get(id=kept.bid_id).edge_bps == 6


def test_a_flooders_packages_are_refused_when_placed_and_end_no_auction(venue, travel):
    a_playbook(venue, sealed_format="VICKREY", units_per_lot=1000, max_bids=2000)
    auction = an_auction(venue)
    mallory = a_bidder(venue, "Mallory", collateral="100000000")
    flood = [replace(order(auction, f"m{number}", 2, "349"), all_or_none=True) for number in range(1100)]
    outcomes = [one.code for one in place(mallory, *flood)]
    assert outcomes == [None] * 59 + ["packages_too_many"] * 1041
    assert [one.code for one in place(mallory, *flood[50:61])] == [None] * 9 + ["packages_too_many"] * 2, "sent again"
    first = Bid.objects.get(client_bid_id="m0")
    perform(cancel_bid, provider_id=mallory.id, bid_id=first.id)
    assert [one.code for one in place(mallory, flood[60])] == [None]
    (again,) = place(mallory, flood[0])
    assert (again.bid_id, again.code) == (first.id, None), "what was placed before is answered as then"
    assert (
        place(mallory, replace(flood[1], client_bid_id="n", improves="m1", edge_bps=flood[1].edge_bps - 1))[0].code
        is None
    )
    assert code(mallory, auction, "whole", units=2, edge="349") is None, "what can be cut anywhere is no package"
    for name, edge in (("Alice", "10"), ("Bob", "20"), ("Carol", "30")):
        assert code(a_bidder(venue, name), auction, units=600, edge=edge) is None
    assert close(auction, travel).state == AuctionState.AWARDED
    assert transcript_of(auction).outcome.unfilled_units == 0
    invariants.hold()


@pytest.mark.parametrize("sealed_format", ["UNIFORM", "PAY_AS_BID"])
def test_a_flooder_has_as_few_packages_where_each_is_paid_what_was_bid_or_the_last_edge(venue, travel, sealed_format):
    """Of a thousand units more than 3,000 packages are not decided exactly: fifty providers of such, no fewer."""
    a_playbook(venue, sealed_format=sealed_format, units_per_lot=1000, max_bids=2000)
    auction = an_auction(venue)
    mallory = a_bidder(venue, "Mallory", collateral="100000000")
    flood = [replace(order(auction, f"m{number}", 2, "349"), min_units=2) for number in range(70)]
    assert [one.code for one in place(mallory, *flood)] == [None] * 59 + ["packages_too_many"] * 11
    for name, edge in (("Alice", "10"), ("Bob", "20"), ("Carol", "30")):
        assert code(a_bidder(venue, name), auction, units=600, edge=edge) is None
    decided = close(auction, travel)
    assert (decided.state, decided.optimal) == (AuctionState.AWARDED, True)
    assert transcript_of(auction).outcome.unfilled_units == 0
    invariants.hold()
