"""Who may take part changes while it is bid, taken and closed: whatever came first, nobody excluded gets anything."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid, Take
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop.transactions import acting
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.elsewhere import eventually
from tests.races.market import a_bidder, a_playbook, bid, finish
from tests.races.together import together
from tests.refusing import is_refused, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue():
    venue = market.a_market(fund="1000000")
    build.a_group(venue, "Owner")
    return venue


def a_book(venue, reference="book-1"):
    position = market.position("BTC-PERP", "LONG", "2", "20000")
    return market.a_book(venue, position, cash="3000", reference=reference, owner_group="Owner")


def relate(venue, provider, related=True):
    build.relate(provider.group, venue.groups.get(name="Owner"), related=related)


def test_a_bid_beside_relating_is_refused_or_void(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice, bob = a_bidder(venue, "Alice"), a_bidder(venue, "Bob")
    a_book(venue)
    market.sweep()
    auction = Auction.objects.get()
    related = threading.Event()

    def keep_bidding():
        codes = [bid(alice, auction, f"a{number}").code for number in range(15)]
        related.wait(30)
        return [*codes, bid(alice, auction, "last").code]

    def relate_soon():
        try:
            relate(venue, alice[0])
        finally:
            related.set()

    codes, _, others = together(keep_bidding, relate_soon, lambda: [bid(bob, auction, f"b{n}").code for n in range(5)])
    assert (codes[-1], set(codes) <= {None, "provider_excluded"}, set(others)) == ("provider_excluded", True, {None})
    assert codes == sorted(codes, key=bool), "once excluded, always excluded"
    assert not Bid.objects.filter(provider=alice[0], state=BidState.LIVE).exists()
    assert build.provider_account(alice[0]).held == 0
    invariants.hold()
    travel.to(auction.closes_at)
    run_stage("close_auctions")
    assert not Award.objects.filter(provider=alice[0]).exists()
    finish(travel)


def test_a_bid_that_is_not_committed_yet_is_waited_for(venue, travel):
    travel.freeze()
    a_playbook(venue)
    (alice, key) = a_bidder(venue, "Alice")
    a_book(venue)
    market.sweep()
    auction = Auction.objects.get()
    placed, related = threading.Event(), threading.Event()

    def bid_slowly():
        with acting("test"), transaction.atomic(durable=True):
            order = BidOrder(auction.id, "a1", 10, Decimal(10), 10)
            outcome = place_bids(key_id=key, provider_id=alice.id, orders=[order])[0]
            placed.set()
            assert eventually(lambda: related.is_set() or somebody_waits())
        return outcome.code

    def relate_meanwhile():
        placed.wait(30)
        relate(venue, alice)
        related.set()

    assert together(bid_slowly, relate_meanwhile) == [None, None]
    assert (Bid.objects.get().state, build.provider_account(alice).held) == (BidState.VOID, 0)


def somebody_waits() -> bool:
    """Whether anybody waits for an advisory lock now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])


def test_a_take_beside_relating_came_before_or_is_refused(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    a_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")

    def take(number):
        return market.take(alice, auction, f"t{number}", 2).units

    market.issued_key(alice)
    works = [lambda number=number: take(number) for number in range(5)]
    outcomes = together(*works, lambda: relate(venue, alice))[:-1]
    assert all(one == 2 or is_refused(one, AuctionRefusal.PROVIDER_EXCLUDED) for one in outcomes)
    assert Take.objects.count() == outcomes.count(2)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        take("late")
    invariants.hold()
    finish(travel)


def test_a_close_beside_relating_decides_with_the_bid_or_without(venue, travel):
    travel.freeze()
    a_playbook(venue)
    alice, bob = a_bidder(venue, "Alice"), a_bidder(venue, "Bob")
    for number in range(4):
        a_book(venue, f"book-{number}")
    market.sweep()
    auctions = list(Auction.objects.all())
    for who, edge in ((alice, "10"), (bob, "20")):
        orders = [BidOrder(one.id, f"{edge}-{place}", 100, Decimal(edge), 100) for place, one in enumerate(auctions)]
        perform(place_bids, key_id=who[1], provider_id=who[0].id, orders=orders)
    travel.to(max(one.closes_at for one in auctions))
    together(lambda: run_stage("close_auctions"), lambda: relate(venue, alice[0]), lambda: run_stage("close_auctions"))
    run_stage("close_auctions")
    assert not Auction.objects.filter(state=AuctionState.OPEN, kind="SEALED").exists()
    won = set(Bid.objects.filter(state=BidState.WON).values_list("provider", flat=True))
    mine = set(Bid.objects.filter(provider=alice[0]).values_list("state", flat=True))
    assert (won, mine) in [({bob[0].id}, {BidState.VOID}), ({alice[0].id}, {BidState.WON})]
    invariants.hold()
    finish(travel)


def test_an_auction_that_opens_beside_moving_and_relating_knows_of_it(venue, travel):
    travel.freeze()
    a_playbook(venue, sealed_seconds=600)
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    owner, apart = venue.groups.get(name="Owner"), bob.group
    for turn in range(6):
        for number in range(3):
            a_book(venue, f"book-{turn}-{number}")
        for stage in ("route_books", "assign_lots", "pass_lots_on"):
            run_stage(stage)
        related = turn % 2 == 0
        outcomes = together(
            lambda: run_stage("open_auctions"),
            lambda related=related: relate(venue, alice, related),
            lambda related=related: market.join(bob, owner if related else apart) and None,
        )
        assert outcomes == [3, None, None]
        kept = {tuple(auction.excluded_providers) for auction in Auction.objects.all()}
        assert kept == {tuple(sorted([alice.id, bob.id])) if related else ()}
    invariants.hold()
