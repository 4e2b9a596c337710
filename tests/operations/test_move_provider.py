"""A provider that moves is excluded where its new group is, and there alone."""

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from auctions.operations.operator.move_provider import move_provider
from backstop.models import Event
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import perform
from tests.market import an_auction, close, code, join, order, place

pytestmark = pytest.mark.django_db


def test_a_provider_that_left_the_owners_group_may_take_part_again(venue, alice, owner, auction) -> None:
    apart = alice.group
    join(alice, owner)
    assert code(alice, auction, "a1") == "provider_excluded"
    perform(move_provider, provider=alice, group=apart, reason="a test")
    assert code(alice, auction, "a2") is None


def test_moving_there_and_back_twice_voids_a_bid_once_and_brings_none_back(alice, owner, auction) -> None:
    apart = alice.group
    place(alice, order(auction, "a1"))
    for _ in range(2):
        for group in (owner, owner, apart, apart):
            perform(move_provider, provider=alice, group=group, reason="a test")
    told = Event.objects.filter(kind__in=["provider_moved", "bid_voided"]).values_list("kind", flat=True)
    assert sorted(told) == ["bid_voided", *["provider_moved"] * 4]
    assert Bid.objects.get().state == BidState.VOID
    assert code(alice, auction, "a2") is None
    invariants.hold()


def test_only_auctions_of_that_owner_are_touched(venue, alice, owner, auction) -> None:
    build.a_group(venue, "Somebody else")
    others = [an_auction(venue, "book-2"), an_auction(venue, "book-3", owner_group="Somebody else")]
    place(alice, *[order(one, f"a{place}") for place, one in enumerate([auction, *others])])
    join(alice, owner)
    states = [Bid.objects.get(auction=one).state for one in [auction, *others]]
    assert states == [BidState.VOID, BidState.LIVE, BidState.LIVE]


def test_a_halted_auction_is_told_too_and_one_that_is_over_is_not(venue, alice, owner, auction, travel) -> None:
    over = close(an_auction(venue, "book-2", owner_group="Owner"), travel)
    place(alice, order(auction, "a1"))
    Auction.objects.filter(id=auction.id).update(
        state=AuctionState.HALTED, halted_at=auction.opens_at, halt_ends_at=auction.closes_at
    )
    join(alice, owner)
    for one in (auction, over):
        one.refresh_from_db()
    assert (auction.excluded_providers, over.excluded_providers) == ((alice.id,), ())


def test_who_joins_the_protected_cluster_insures_it_no_more(venue, alice, owner) -> None:
    cover = covers.active(venue, {alice: 10_000}, group_id=owner.id)
    join(alice, owner)
    market.sweep("end_covers")
    cover.refresh_from_db()
    assert (cover.state, cover.ends_at) == ("ENDED", cover.runoff_at)
    invariants.hold()
