"""The circuit breaker: what each level stops, for whom, until when, and who hears of it."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import AuctionState, BidState, StepKind, StepState
from auctions.models import Auction, Award, Breaker, Step
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.queries import due_to_close, list_breaker_levels
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event, Mark
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, mark_again, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue, mark_max_age_seconds=3600)
    return venue


def trip(venue, level, reason="a test", actor="user:olivia", **scope):
    return perform(set_breaker, venue_id=venue.id, level=level, reason=reason, actor=actor, **scope)


def level_of(auction):
    return list_breaker_levels([auction.step_id])[auction.step_id]


def test_the_highest_level_of_venue_product_group_and_auction_is_in_force(venue):
    first, second = an_auction(venue, "book-1"), an_auction(venue, "book-2")
    build.a_group_of_products(venue, "COINS")
    trip(venue, 3, product_group="COINS")
    assert (level_of(first), level_of(second)) == (0, 0), "another product group"
    trip(venue, 1)
    trip(venue, 2, auction_id=first.id)
    assert (level_of(first), level_of(second)) == (2, 1)
    trip(venue, 2, product_group="PERPS")
    trip(venue, 0, auction_id=first.id)
    assert (level_of(first), level_of(second)) == (2, 2)
    other = build.a_venue()
    trip(other, 3)
    assert level_of(first) == 2, "another venue"


def test_the_same_level_again_changes_nothing_and_tells_nobody(venue):
    first = trip(venue, 1, reason="prices jump")
    again = trip(venue, 1, reason="they still do", actor="user:oscar")
    assert (again.id, again.reason, again.who) == (first.id, "prices jump", "user:olivia")
    trip(venue, 0, reason="all calm")
    trip(venue, 0, reason="all calm")
    assert Breaker.objects.count() == 1
    kinds = list(Event.objects.filter(kind__startswith="breaker").order_by("id").values_list("kind", flat=True))
    assert kinds == ["breaker_tripped", "breaker_reset"]
    payload = Event.objects.get(kind="breaker_tripped").payload
    assert (payload["level"], payload["reason"], payload["who"]) == (1, "prices jump", "user:olivia")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"level": 4}, AuctionRefusal.LEVEL_REFUSED),
        ({"level": -1}, AuctionRefusal.LEVEL_REFUSED),
        ({"level": 1, "reason": " "}, AccountRefusal.REASON_MISSING),
        ({"level": 1, "product_group": "NONE"}, AuctionRefusal.PRODUCT_GROUP_UNKNOWN),
        ({"level": 1, "auction_id": uuid4()}, AuctionRefusal.AUCTION_UNKNOWN),
        ({"level": 1, "auction_id": uuid4(), "product_group": "PERPS"}, AuctionRefusal.BREAKER_SCOPE_REFUSED),
    ],
)
def test_what_says_nothing_sensible_is_refused_and_leaves_nothing(venue, fields, refusal):
    with refused(refusal):
        trip(venue, **fields)
    assert not Breaker.objects.exists()


def test_a_scope_has_one_row(venue):
    trip(venue, 1)
    with pytest.raises(IntegrityError, match="breaker_one_per_scope"), transaction.atomic():
        Breaker.objects.create(venue=venue, level=2, reason="again", who="x", tripped_at=clock.now())


def test_level_one_opens_nothing_and_lets_what_is_open_go_on(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    trip(venue, 1)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference="book-2")
    market.sweep()
    waiting = Step.objects.get(lot__book=book, kind=StepKind.SEALED)
    assert (waiting.state, Auction.objects.count()) == (StepState.READY, 1)
    assert code(alice, auction) is None
    assert close(auction, travel).round == 2, "it may be reopened"
    trip(venue, 0)
    travel(seconds=1)
    run_stage("open_auctions")
    waiting.refresh_from_db()
    assert waiting.state == StepState.OPEN


def test_a_step_that_may_not_open_passes_on_at_its_longest_wait(venue, travel):
    trip(venue, 1)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    step = Step.objects.get(lot__book=book, kind=StepKind.SEALED)
    travel.to(step.created_at + timedelta(seconds=300) - timedelta(microseconds=1))
    run_stage("open_auctions")
    step.refresh_from_db()
    assert step.state == StepState.READY
    travel(seconds=1.000001)
    run_stage("open_auctions")
    step.refresh_from_db()
    assert step.state == StepState.SETTLING
    for _ in range(6):
        travel(seconds=400)
        mark_again()
        market.sweep()
    invariants.everything_ended()
    assert not Auction.objects.exists()


def test_level_two_lets_an_auction_close_and_not_reopen(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, units=60, edge="150"), order(auction, "b2", units=40, edge="151"))
    trip(venue, 2, product_group="PERPS")
    assert close(auction, travel).state == AuctionState.AWARDED
    assert [(a.units, a.edge_bps) for a in Award.objects.all()] == [(60, Decimal(150))], "at the uncontested cap"


def test_level_three_halts_and_the_clock_goes_on_where_it_stood(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    (placed,) = place(alice, order(auction))
    travel(seconds=10)
    trip(venue, 3, reason="prices jump")
    auction.refresh_from_db()
    assert (auction.state, auction.halt_reason) == (AuctionState.HALTED, "breaker: prices jump")
    assert code(alice, auction, "b2") == "auction_not_open"
    assert perform(cancel_bid, provider_id=alice.id, bid_id=placed.bid_id).state == BidState.CANCELLED
    travel(seconds=100)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED, "its deadline stands still too"
    trip(venue, 0)
    run_stage("close_auctions")
    closes_at = auction.closes_at
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 100)
    assert auction.closes_at == closes_at + timedelta(seconds=100)
    assert code(alice, auction, "b3") is None


def test_level_three_stops_takes_and_standing_bids(venue, travel):
    a_playbook(venue, sealed_seconds=1, max_reopenings=0)
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    trip(venue, 3, auction_id=auction.id)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        market.take(alice, auction)
    build.a_commitment(alice)
    trip(venue, 3)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="book-2")
    market.sweep()
    assert Step.objects.get(lot__book=book).state == StepState.READY
    assert not Award.objects.exists()
    travel(seconds=1)
    mark_again()
    trip(venue, 0)
    market.sweep()
    assert Award.objects.filter(step__lot__book=book, step__kind=StepKind.ASSIGN).exists()


def test_a_halt_by_the_breaker_ends_at_the_longest_time_with_nothing_awarded(venue, travel):
    auction = an_auction(venue)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(auction, units=100, edge="100"))
    halted_at = trip(venue, 3).tripped_at
    travel.to(halted_at + timedelta(seconds=300) - timedelta(microseconds=1))
    assert due_to_close(clock.now()).list_ids() == []
    travel(seconds=0.000001)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, Award.objects.count()) == (AuctionState.UNFILLED, 0)
    invariants.hold()


def test_halted_auctions_are_due_only_when_something_can_change(venue, travel):
    auction = an_auction(venue)
    trip(venue, 3)
    assert due_to_close(clock.now()).list_ids() == []
    trip(venue, 2)
    assert due_to_close(clock.now()).list_ids() == [auction.id], "the breaker allows bids again"
    Mark.objects.update(marked_at=clock.now() - timedelta(seconds=3600, microseconds=1))
    assert due_to_close(clock.now()).list_ids() == [], "and marks are stale"
    Mark.objects.update(marked_at=clock.now() - timedelta(seconds=3600))
    assert due_to_close(clock.now()).list_ids() == [auction.id]
