"""Priority: better tiers take alone for the first seconds, while the price clock stands at its start."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from accounts.operations.commitments.suspend_commitment import suspend_commitment
from auctions.desks.dutch import access_from
from auctions.models import Auction, Award
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Mark
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    """Alice has promised 12,000 in each minute, of which assignment took all; Bob and Charlie less, or nothing."""
    venue = market.a_market(travel)
    for name, capacity in (("Alice", "12000"), ("Bob", "8000")):
        provider = build.a_provider(venue, name)
        build.a_commitment(provider, min_edge_bps="40", window_capacity=capacity, window_seconds=86400)
    build.a_provider(venue, "Charlie")
    return venue


def an_auction(venue, travel, **fields):
    """50 units of 400 each: 20,000 of 40,000 were assigned at 40 bps. Nobody bids on the rest."""
    values = {
        "fund_draw_limit": "5000",
        "fund_inventory_limit": "1000000",
        "cover_percent": 0,
        "tier_1_capacity": "12000",
        "tier_2_capacity": "12000",
        "priority_seconds": 10,
        "dutch_start_bps": "5",
        **fields,
    }
    market.a_dutch_playbook(venue, **values)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    travel(seconds=1)
    market.sweep()
    return Auction.objects.get(kind="DUTCH")


def who(venue, name):
    return venue.providers.get(name=name)


def on(travel, auction, seconds):
    travel.to(auction.opens_at + timedelta(seconds=seconds))
    build.a_mark(Mark.objects.get().instrument, "20000")


def test_the_tiers_of_the_opening_are_kept_with_the_auction(venue, travel):
    alice = who(venue, "Alice")
    auction = an_auction(venue, travel)
    assert (auction.tiers, auction.priority_seconds) == ({str(alice.id): 1}, 10)
    assert (auction.closes_at - auction.opens_at).total_seconds() == 10 + 60
    perform(suspend_commitment, commitment_id=alice.commitments.get().id, reason="a test")
    assert market.take(alice, auction, units=5).units == 5


def test_a_second_tier_has_priority_too(venue, travel):
    auction = an_auction(venue, travel, tier_2_capacity="8000")
    assert auction.tiers == {str(who(venue, "Alice").id): 1, str(who(venue, "Bob").id): 2}


def test_others_are_let_in_exactly_when_the_priority_ends_and_are_told_when(venue, travel):
    auction = an_auction(venue, travel)
    alice, bob, charlie = (who(venue, name) for name in ("Alice", "Bob", "Charlie"))
    begins = auction.opens_at + timedelta(seconds=10)
    assert (access_from(auction, alice.id), access_from(auction, bob.id)) == (auction.opens_at, begins)
    on(travel, auction, 9.999999)
    for early in (bob, charlie):
        with refused(AuctionRefusal.TAKE_TOO_EARLY, match="alone until") as caught:
            market.take(early, auction)
        assert caught.value.members == {"access_from": begins.isoformat()}
    assert market.take(alice, auction, units=5).units == 5
    on(travel, auction, 10)
    assert market.take(charlie, auction, units=5).units == 5
    invariants.hold()


def test_the_price_clock_stands_at_its_start_until_the_priority_ends(venue, travel):
    auction = an_auction(venue, travel)
    alice = who(venue, "Alice")
    edges = []
    for seconds in (0, 9, 10, 19, 55):
        on(travel, auction, seconds)
        edges.append(market.take(alice, auction, f"t{seconds}", 1).edge_bps)
    # from 5 to 500 bps within 45 seconds after the tenth: 11 each
    assert edges == [5, 5, 5, 104, 500]


def test_a_halt_holds_the_priority_open_for_as_long_as_it_stands(venue, travel):
    auction = an_auction(venue, travel)
    on(travel, auction, 4)
    auction.halt("a test", 300, clock.now())
    travel(seconds=20)
    auction.resume(auction.step.lot.book.playbook, clock.now())
    auction.save()
    on(travel, auction, 29.999999)
    with refused(AuctionRefusal.TAKE_TOO_EARLY):
        market.take(who(venue, "Bob"), auction)
    assert market.take(who(venue, "Alice"), auction, units=1).edge_bps == 5
    on(travel, auction, 30)
    assert market.take(who(venue, "Bob"), auction, units=1).edge_bps == 5


@pytest.mark.parametrize("fields", [{"tier_1_capacity": "12000.01", "tier_2_capacity": "12000.01"}])
def test_without_anybody_of_a_better_tier_there_is_no_priority(venue, travel, fields):
    auction = an_auction(venue, travel, **fields)
    assert (auction.tiers, auction.priority_seconds) == ({}, 0)
    assert (auction.closes_at - auction.opens_at).total_seconds() == 60
    assert market.take(who(venue, "Charlie"), auction, units=1).units == 1


def test_what_is_not_funded_gives_no_priority(venue, travel):
    """Margin of 10 % and a buffer of 3 %: 12,000 need 1,236 of collateral."""
    for name, held in (("Just", "1236"), ("Short", "1235.99")):
        provider = build.a_provider(venue, name, collateral=held)
        build.a_commitment(provider, min_edge_bps="300", cap_per_assignment="12000")
    build.a_playbook(venue, cover_percent=0, tier_1_capacity="12000", tier_2_capacity="12000")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    auction = Auction.objects.get(kind="SEALED")
    assert set(auction.tiers) == {str(who(venue, name).id) for name in ("Alice", "Just")}


def test_at_equal_edges_assignment_serves_the_better_tier_first(venue, travel):
    """Both offer at 40 bps, Alice for all of the lot."""
    build.a_playbook(venue, cover_percent=0, tier_1_capacity="12000", tier_2_capacity="12000", fund_draw_limit="5000")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "0.6", "20000"), cash="3000")
    market.sweep("route_books", "assign_lots")
    assert {(award.provider.name, award.units) for award in Award.objects.all()} == {("Alice", 100)}


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ({"tier_1_capacity": "1", "tier_2_capacity": "2"}, "playbook_tiers_fall"),
        ({"tier_1_capacity": "1", "tier_2_capacity": "-1"}, "playbook_tiers_fall"),
        ({"tier_1_capacity": "1", "priority_seconds": 1}, "playbook_priority_needs_tiers"),
    ],
)
def test_senseless_tiers_are_refused(venue, fields, promise):
    with pytest.raises(IntegrityError, match=promise):
        build.a_playbook(venue, **fields)


def test_the_close_of_a_sealed_auction_goes_by_the_tiers_of_its_opening(venue, travel):
    auction = an_auction(venue, travel).step.lot.steps.get(kind="SEALED").auction
    assert auction.tiers == {str(who(venue, "Alice").id): 1}
    assert auction.priority_seconds == 0
    assert Decimal(auction.reserve_edge_bps) > 0
