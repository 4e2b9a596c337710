"""Dutch auctions: the edge of an instant, who may take at it, and what a take leaves for the next one."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.refusals import AccountRefusal
from auctions.desks.dutch import TakeOrder
from auctions.lifecycle import AuctionState, StepState
from auctions.models import Auction, Award, Book, Lot, Position, Step, Take
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.take_units import take_units
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from backstop.models import Event, Mark
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_plain_book, on_to_dutch
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    return venue


def knots_of(auction):
    return [(Decimal(seconds), Decimal(edge)) for seconds, edge in auction.curve["knots"]]


def cap_of(auction):
    return knots_of(auction)[-1][1]


def nothing_was_written(auction):
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.OPEN, 0)
    assert not Take.objects.exists()
    assert not Award.objects.exists()
    invariants.hold()


def test_whoever_may_take_nothing_anyway_locks_nothing(venue, travel):
    alice, bob = market.a_bidder(venue), market.a_bidder(venue, "Bob")
    dutch = market.a_dutch_auction(venue, travel)
    sealed = market.an_auction(venue, "sealed")
    perform(suspend_provider, provider=bob, reason="a test")
    for who, auction, why in (
        (alice, sealed, AuctionRefusal.AUCTION_NOT_OPEN),
        (bob, dutch, AccountRefusal.PROVIDER_SUSPENDED),
        (alice, Auction(id=uuid4()), AuctionRefusal.AUCTION_UNKNOWN),
    ):
        with CaptureQueriesContext(connection) as asked, refused(why):
            market.take(who, auction)
        assert not any("FOR " in each["sql"] or "advisory" in each["sql"] for each in asked)


@pytest.mark.parametrize(
    ("seconds", "edge"),
    [
        ("0", "0"),
        ("0.000001", "0"),  # 500 bps in 45 seconds: 0.0000111
        ("0.1", "1.1111"),
        ("1", "11.1111"),
        ("2", "22.2222"),
        ("9", "100"),
        ("44.999999", "499.9999"),
        ("45", "500"),
        ("59.999999", "500"),
    ],
)
def test_a_take_gets_the_edge_of_its_instant_floored_to_four_decimals(venue, travel, seconds, edge):
    alice, _ = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    travel.to(auction.opens_at + timedelta(microseconds=int(Decimal(seconds) * 10**6)))
    market.mark_again()
    taken = market.take(alice, auction, floor=edge)
    assert (taken.units, taken.edge_bps) == (10, Decimal(edge))
    assert Award.objects.get().edge_bps == Decimal(edge)
    invariants.hold()


def test_a_take_whose_floor_is_a_fraction_above_the_edge_is_refused_and_writes_nothing(venue, travel):
    alice, _ = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=1)
    with refused(AuctionRefusal.EDGE_BELOW_FLOOR):
        market.take(alice, auction, floor="11.1112")
    nothing_was_written(auction)
    assert market.take(alice, auction, floor="11.1111").units == 10, "what was refused has used no client_bid_id up"


def test_a_take_fills_what_is_left_and_closes_the_auction_at_once(venue, travel):
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    assert market.take(alice, auction, units=60).units == 60
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.OPEN, 60)
    assert market.take(bob, auction, units=60).units == 40
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 100)
    assert Step.objects.get(id=auction.step_id).state == StepState.SETTLING
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        market.take(alice, auction, "t2", units=1)
    assert sum(award.units for award in Award.objects.all()) == 100
    market.sweep()
    invariants.everything_ended()


def test_what_is_taken_is_settled_while_the_rest_is_still_on_offer(venue, travel):
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, units=30)
    market.sweep()
    assert Award.objects.get().settlement.state == "SETTLED"
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN
    assert market.take(alice, auction, "t2", units=100).units == 70
    market.sweep()
    invariants.everything_ended()


def test_the_same_take_again_is_the_same_answer_even_after_the_auction(venue, travel):
    alice, _ = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    first = market.take(alice, auction)
    travel(seconds=20)
    assert market.take(alice, auction) == first
    assert market.take(alice, auction).edge_bps == first.edge_bps == 0
    travel.to(auction.closes_at)
    market.mark_again()
    market.sweep()
    assert market.take(alice, auction) == first
    assert Take.objects.count() == 1
    invariants.everything_ended()


def test_the_same_name_with_other_content_is_refused(venue, travel):
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction, other = market.a_dutch_auction(venue, travel), market.a_dutch_auction(venue, travel, "book-2")
    market.take(alice, auction)
    for different in ({"units": 11}, {"floor": "-1"}, {"min_units": 2}, {"book_version": 1}):
        with refused(AuctionRefusal.BID_REUSED):
            market.take(alice, auction, **different)
    with refused(AuctionRefusal.BID_REUSED):
        market.take(alice, other)
    assert market.take(bob, auction).provider_id == bob.id, "a name is its provider's own"
    assert Take.objects.count() == 2


def test_a_take_just_before_the_deadline_counts_and_one_at_it_is_refused(venue, travel):
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    travel.to(auction.closes_at - timedelta(microseconds=1))
    market.mark_again()
    assert market.take(alice, auction).units == 10
    travel.to(auction.closes_at)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        market.take(alice, auction, "t2")
    assert Take.objects.count() == 1
    market.sweep()
    auction.refresh_from_db()
    assert (auction.state, auction.units_taken) == (AuctionState.AWARDED, 10)
    invariants.everything_ended()


def test_a_mark_of_the_greatest_age_sells_and_an_older_one_does_not(venue, travel):
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    marked_at = Mark.objects.get().marked_at
    travel.to(marked_at + timedelta(seconds=58))
    assert market.take(alice, auction, units=1).units == 1
    Mark.objects.update(marked_at=marked_at - timedelta(seconds=2))
    assert market.take(alice, auction, "t2", units=1).units == 1
    Mark.objects.update(marked_at=marked_at - timedelta(seconds=2, microseconds=1))
    with refused(GroundRefusal.MARK_STALE):
        market.take(alice, auction, "t3", units=1)
    assert Take.objects.count() == 2
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED


@pytest.mark.parametrize("price", ["25000", "15000"])
def test_a_take_is_priced_at_the_marks_of_its_instant_however_far_they_moved(venue, travel, price):
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    market.mark_again(price)
    market.take(alice, auction)
    assert Award.objects.get().notional == Decimal(price) / 5
    invariants.hold()


def test_a_dutch_auction_sells_at_marks_of_five_seconds_exactly_and_no_older(venue, travel):
    market.a_dutch_playbook(venue, dutch_mark_max_age_seconds=5)
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    market.mark_again()
    travel(seconds=5)
    market.take(alice, auction)
    travel(seconds=0.000001)
    with refused(GroundRefusal.MARK_STALE):
        market.take(alice, auction, "t2")
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED


def test_a_take_that_collateral_covers_exactly_is_made_and_one_micro_less_is_refused(venue, travel):
    # 10 units are 0.2 BTC: margin of 400 at 10 %, and no edge at the opening
    alice, bob = (build.a_provider(venue, name, collateral=held) for name, held in (("A", "399.999999"), ("B", "400")))
    auction = market.a_dutch_auction(venue, travel)
    travel.to(auction.opens_at)
    with refused(AuctionRefusal.MARGIN_INSUFFICIENT):
        market.take(alice, auction)
    nothing_was_written(auction)
    assert market.take(bob, auction).units == 10
    assert build.provider_account(bob).free == 0
    invariants.hold()


@pytest.mark.parametrize(("units", "at_least"), [(0, 1), (-1, 1), (1, 0)])
def test_a_take_of_nothing_is_refused(venue, travel, units, at_least):
    auction = market.a_dutch_auction(venue, travel)
    with refused(AuctionRefusal.UNITS_NOT_POSITIVE):
        market.take(build.a_provider(venue), auction, units=units, min_units=at_least)
    nothing_was_written(auction)


def test_a_take_without_a_floor_gets_the_edge_of_the_instant_whatever_it_is(venue, travel):
    market.a_dutch_playbook(venue, dutch_start_bps="-20")
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    taken = market.take(alice, auction)
    assert (taken.edge_bps, taken.edge_floor_bps) == (-20, None)
    invariants.hold()


def test_a_take_gets_all_that_it_wants_at_least_or_nothing(venue, travel):
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    with refused(AuctionRefusal.MIN_UNITS_ABOVE_UNITS):
        market.take(bob, auction, units=10, min_units=11)
    nothing_was_written(auction)
    market.take(alice, auction, units=60)
    with refused(AuctionRefusal.MIN_UNITS_NOT_MET):
        market.take(bob, auction, units=50, min_units=41)
    assert market.take(bob, auction, units=50, min_units=40).units == 40
    invariants.hold()


@pytest.mark.parametrize(
    ("wanted", "gets"), [(9, None), (10, 10), (11, 11), (90, 90), (91, 90), (99, 90), (100, 100), (101, 100)]
)
def test_what_a_take_leaves_is_never_less_than_the_minimum(venue, travel, wanted, gets):
    market.a_dutch_playbook(venue, min_take_units=10)
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    if gets is None:
        with refused(AuctionRefusal.UNITS_BELOW_MINIMUM):
            market.take(alice, auction, units=wanted)
        nothing_was_written(auction)
    else:
        assert market.take(alice, auction, units=wanted).units == gets
        invariants.hold()


def test_once_less_than_two_minima_are_left_everything_goes_at_once(venue, travel):
    market.a_dutch_playbook(venue, min_take_units=10)
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    assert market.take(alice, auction, units=81).units == 81
    for wanted in (10, 18):
        with refused(AuctionRefusal.UNITS_BELOW_MINIMUM, match="19 units"):
            market.take(alice, auction, "t2", units=wanted)
    with refused(AuctionRefusal.MIN_UNITS_NOT_MET):
        market.take(alice, auction, "t2", units=20, min_units=20)
    assert market.take(alice, auction, "t2", units=19).units == 19
    market.sweep()
    invariants.everything_ended()


def test_a_lot_of_less_than_the_minimum_is_taken_whole(venue, travel):
    market.a_dutch_playbook(venue, min_take_units=101)
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    with refused(AuctionRefusal.UNITS_BELOW_MINIMUM):
        market.take(alice, auction, units=99)
    assert market.take(alice, auction, units=100).units == 100
    invariants.hold()


def test_a_take_of_a_book_that_has_changed_is_refused(venue, travel):
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    for version in (0, 2):
        with refused(AuctionRefusal.BOOK_VERSION_CHANGED):
            market.take(alice, auction, book_version=version)
    nothing_was_written(auction)
    assert market.take(alice, auction, book_version=1).book_version == 1
    Book.objects.update(version=2, amended_at=F("received_at"), amended_fingerprint="another")
    for rows in (Lot, Position):
        rows.objects.update(book_version=2)
    with refused(AuctionRefusal.BOOK_VERSION_CHANGED):
        market.take(alice, auction, "t2", book_version=1)
    assert market.take(alice, auction, "t2", book_version=2).units == 10


def test_a_key_that_was_revoked_meanwhile_takes_nothing_and_another_ones_neither(venue, travel):
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    key = market.issued_key(alice)
    order = TakeOrder("t1", 1)
    with refused(AccountRefusal.KEY_REVOKED):
        perform(take_units, key_id=key.id, provider_id=bob.id, auction_id=auction.id, order=order)
    taken = market.take(alice, auction)
    perform(revoke_key, key=key)
    for name in ("t1", "t2"):
        with refused(AccountRefusal.KEY_REVOKED):
            market.take(alice, auction, name)
    assert Take.objects.get() == taken


def test_who_is_suspended_or_belongs_to_the_owner_takes_nothing(venue, travel):
    owner = build.a_group(venue, "Owner")
    cousin = build.a_group(venue, "Cousin", related=[owner])
    owners, cousins = build.a_provider(venue, "O", group=owner), build.a_provider(venue, "C", group=cousin)
    alice = build.a_provider(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel, owner_group="Owner")
    late = build.a_provider(venue, "Late", group=owner)
    for excluded in (owners, cousins, late):
        with refused(AuctionRefusal.PROVIDER_EXCLUDED):
            market.take(excluded, auction)
    perform(suspend_provider, provider=alice, reason="a test")
    with refused(AccountRefusal.PROVIDER_SUSPENDED):
        market.take(alice, auction)
    nothing_was_written(auction)


def test_an_auction_of_another_venue_and_a_sealed_one_have_nothing_to_take(venue, travel):
    alice, auction = build.a_provider(venue), market.a_dutch_auction(venue, travel)
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        market.take(build.a_provider(build.a_venue(), "Mallory"), auction)
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        market.take(alice, Auction(id=uuid4()))
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        market.take(alice, Auction.objects.get(kind="SEALED"))
    nothing_was_written(auction)


def test_the_cap_is_at_most_what_the_lot_affords(venue, travel):
    alice, _ = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    market.a_dutch_playbook(venue, fund_draw_limit="0")
    auction = market.a_dutch_auction(venue, travel, cash="800")  # 2 % of 40,000
    assert auction.reserve_edge_bps == cap_of(auction) == 200
    travel(seconds=50)
    assert market.take(alice, auction, units=100).edge_bps == 200
    market.sweep()
    invariants.everything_ended()


@pytest.mark.parametrize(("start", "begins"), [("30", "30"), ("100", "60"), ("-20", "-20")])
def test_the_price_clock_starts_at_or_below_the_worst_edge_that_was_paid(venue, travel, start, begins):
    market.a_dutch_playbook(venue, dutch_start_bps=start, cover_percent=0)
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    build.a_commitment(alice, min_edge_bps="40", cap_per_assignment="4000", window_capacity="4000", window_seconds=3600)
    build.a_commitment(bob, min_edge_bps="60", cap_per_assignment="8000", window_capacity="8000", window_seconds=3600)
    auction = market.a_dutch_auction(venue, travel)
    assert auction.units == 70
    assert {award.edge_bps for award in Award.objects.all()} == {Decimal(60)}
    assert knots_of(auction)[0][1] == Decimal(begins)


def test_whoever_joins_the_owners_group_after_the_opening_takes_nothing(venue, travel):
    owner = build.a_group(venue, "Owner")
    build.a_provider(venue, "Alice")
    a_plain_book(venue, owner_group="Owner")
    market.sweep()
    auction = on_to_dutch(travel)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        market.take(build.a_provider(venue, "Late", group=owner), auction, "t1", 1, floor="0")


def test_everybody_is_told_that_an_auction_is_over_once_it_is_sold_out(venue, travel):
    alice = build.a_provider(venue)
    auction = market.a_dutch_auction(venue, travel)
    told = Event.objects.filter(kind="auction_closed", subject_id=auction.id)
    market.take(alice, auction, units=99)
    assert not told.exists()
    market.take(alice, auction, "t2", units=1)
    event = told.get()
    assert (event.provider_id, event.payload["state"]) == (None, AuctionState.AWARDED)
    market.sweep()
    assert told.count() == 1
