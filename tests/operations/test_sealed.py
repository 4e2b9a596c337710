"""Sealed auctions: who bids what with which hold, competition and reopening, and what stale marks do to them."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.operations.keys.revoke_key import revoke_key
from auctions.desks.seals import load_seals
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.place_bids import place_bids
from auctions.rules.holds import Hold
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import run_stage
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, an_auction, close, code, mark_again, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_the_same_bid_again_answers_the_first_and_holds_once(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    (first,) = place(alice, order(auction))
    held = build.provider_account(alice).held
    assert place(alice, order(auction)) == [first]
    assert build.provider_account(alice).held == held > 0
    invariants.hold()


def test_a_client_id_with_other_content_is_refused_and_in_a_batch_used_once(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    assert code(alice, auction, units=11) == "bid_reused"
    outcomes = place(alice, order(auction, "b2"), order(auction, "b2"), order(auction, "b3"))
    assert [one.code for one in outcomes] == [None, "bid_duplicate", None]
    assert Bid.objects.count() == 3


def test_a_replay_is_answered_after_the_auction_closed_too(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    (first,) = place(alice, order(auction))
    close(auction, travel)
    assert place(alice, order(auction)) == [first]


def test_items_take_margin_in_their_order_and_what_does_not_fit_leaves_nothing(venue):
    auction = an_auction(venue)
    one = Hold(auction.unit_hold, auction.unit_exposure, auction.base_hold).of(10, Decimal(0), 6)
    alice = a_bidder(venue, collateral=str(2 * one))
    outcomes = place(
        alice,
        order(auction, "b1"),
        order(auction, "b2", units=90),
        order(auction, "b3"),
        order(auction, "b4", units=1),
    )
    assert [each.code for each in outcomes] == [None, "margin_insufficient", None, "margin_insufficient"]
    assert build.provider_account(alice).free == 0, "exactly what is free fits"
    invariants.hold()


def test_an_unknown_or_foreign_auction_is_unknown(venue):
    other = build.a_venue()
    stranger = a_bidder(other, "Mallory")
    auction = an_auction(venue)
    assert code(stranger, auction) == "auction_unknown"
    assert code(stranger, uuid4()) == "auction_unknown"


def test_bids_are_taken_until_the_deadline_and_not_at_it(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    travel.to(auction.closes_at - timedelta(microseconds=1))
    assert code(alice, auction) is None
    travel.to(auction.closes_at)
    assert code(alice, auction, "b2") == "auction_not_open"
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        perform(cancel_bid, provider_id=alice.id, bid_id=Bid.objects.get().id)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"units": 0, "max_units": 1}, "units_not_positive"),
        ({"units": 2, "max_units": 1}, "units_too_many"),
        ({"units": 1, "max_units": 101}, "units_too_many"),
        ({"edge": "-1", "max_pay": "0.9999"}, "payment_above_maximum"),
        ({"edge": "50", "max_pay": "-50"}, "payment_above_maximum"),
        ({"edge": "-1", "max_pay": "1"}, None),
        ({"units": 1, "max_units": 100}, None),
    ],
)
def test_what_a_bid_may_say(venue, fields, refusal):
    alice, auction = a_bidder(venue), an_auction(venue)
    assert code(alice, auction, **fields) == refusal


def test_who_is_suspended_excluded_or_without_its_key_is_refused(venue):
    owner = build.a_group(venue, "Owner")
    cousin = build.a_group(venue, "Cousin", related=[owner])
    owners, cousins, alice = a_bidder(venue, "O", group=owner), a_bidder(venue, "C", group=cousin), a_bidder(venue)
    auction = an_auction(venue, owner_group="Owner")
    assert code(owners, auction) == code(cousins, auction) == "provider_excluded"
    perform(suspend_provider, provider=alice, reason="a test")
    assert code(alice, auction) == "provider_suspended"
    perform(revoke_key, key=alice.api_keys.get())
    assert code(alice, auction) == "key_revoked"
    assert Bid.objects.count() == 0


def test_a_key_of_somebody_else_places_nothing(venue):
    alice, bob, auction = a_bidder(venue), a_bidder(venue, "Bob"), an_auction(venue)
    (one,) = perform(place_bids, key_id=bob.api_keys.get().id, provider_id=alice.id, orders=[order(auction)])
    assert one.code == "key_revoked"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.integers(1, 100),
    max_pay=st.decimals(0, 900, places=4),
    unit=st.decimals(0, 100, places=6),
    exposure=st.decimals(0, 1000, places=6),
    base=st.decimals(0, 100, places=6),
)
def test_the_database_holds_what_the_rule_says(venue, units, max_pay, unit, exposure, base):
    auction = Auction.objects.first() or an_auction(venue)
    alice = a_bidder(venue, f"Alice {uuid4()}", collateral="100000000")
    Auction.objects.filter(id=auction.id).update(unit_hold=unit, unit_exposure=exposure, base_hold=base)
    (one,) = place(alice, order(auction, str(uuid4()), units=units, edge=str(-max_pay), max_pay=str(max_pay)))
    assert Bid.objects.get(id=one.bid_id).held == Hold(unit, exposure, base).of(units, max_pay, 6)


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


def test_an_uncontested_auction_reopens_once_and_then_pays_at_most_the_uncontested_cap(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, units=100, edge="150.0001"), order(auction, "b2", units=60, edge="150"))
    assert close(auction, travel).round == 2
    assert close(auction, travel).state == AuctionState.AWARDED
    assert [(a.units, a.edge_bps) for a in Award.objects.all()] == [(60, Decimal(150))]


def test_a_second_bidder_of_the_same_group_is_no_competition(venue, travel):
    group = build.a_group(venue, "Twins")
    auction = an_auction(venue)
    for name in ("Tweedledum", "Tweedledee"):
        place(a_bidder(venue, name, group=group), order(auction, units=100, edge="300"))
    close(auction, travel)
    assert close(auction, travel).state == AuctionState.UNFILLED


def test_contested_bids_are_paid_up_to_the_reserve_at_the_first_close(venue, travel):
    auction = an_auction(venue)
    for name, edge in (("Alice", "300"), ("Bob", "350"), ("Charlie", "350.0001")):
        place(a_bidder(venue, name), order(auction, units=100, edge=edge))
    assert close(auction, travel).state == AuctionState.AWARDED
    assert auction.round == 1
    assert {(a.provider.name, a.units, a.edge_bps) for a in Award.objects.all()} == {("Alice", 100, Decimal(300))}
    assert set(Bid.objects.values_list("state", "held")) == {("WON", 0), ("LOST", 0)}
    invariants.hold()


def test_stale_marks_halt_the_close_and_fresh_ones_resume_it_with_a_later_deadline(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    closes_at = auction.closes_at
    travel(seconds=61)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    assert code(alice, auction, "b2") == "auction_not_open"
    travel(seconds=40)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 40)
    assert auction.closes_at == closes_at + timedelta(seconds=40)


def test_a_mark_of_exactly_the_greatest_age_prices(venue, travel):
    auction = an_auction(venue)
    travel.to(auction.opens_at + timedelta(seconds=60))
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.round) == (AuctionState.OPEN, 2)


def test_a_halt_ends_the_auction_unfilled_at_its_longest_time(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    travel(seconds=61)
    run_stage("close_auctions")
    auction.refresh_from_db()
    travel.to(auction.halted_at + timedelta(seconds=300) - timedelta(microseconds=1))
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    travel(seconds=0.000001)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.UNFILLED
    assert build.provider_account(alice).held == 0


@pytest.mark.parametrize(("price", "state"), [("20600", AuctionState.AWARDED), ("20600.01", AuctionState.UNFILLED)])
def test_a_drift_at_the_limit_is_awarded_and_beyond_it_is_not(venue, travel, price, state):
    auction = an_auction(venue)
    for name in ("Alice", "Bob"):
        place(a_bidder(venue, name), order(auction, units=100, edge="100"))
    travel.to(auction.closes_at)
    mark_again(price)
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == state
    invariants.hold()


def test_a_commitment_that_would_pay_stands_in_the_auction_with_its_payment_held(venue, travel):
    alice = a_bidder(venue)
    build.a_commitment(alice, min_edge_bps="-20", cap_per_assignment="20000")
    build.a_playbook(venue, mark_max_age_seconds=60, cover_percent=0)
    auction = an_auction(venue)
    assert Award.objects.filter(edge_bps=-20).exists()
    seal = load_seals([auction.id])[auction.id]
    bids = Bid.objects.filter(auction=auction)
    assert [bid.max_pay_bps for bid in bids] == [-seal.open(bid).edge_bps for bid in bids] == [20]
    invariants.hold()


def test_a_commitments_bid_is_firm_and_counts_no_more_than_it_still_offers(venue, travel):
    alice = a_bidder(venue)
    commitment = build.a_commitment(alice, min_edge_bps="250", window_capacity="20000", window_seconds=3600)
    first, second = an_auction(venue, "book-1"), an_auction(venue, "book-2")
    bids = list(Bid.objects.filter(commitment=commitment))
    assert [bid.max_units for bid in bids] == [50, 50], "above the cap of ASSIGN, it stands in both"
    with refused(AuctionRefusal.BID_FIRM):
        perform(cancel_bid, provider_id=alice.id, bid_id=bids[0].id)
    for auction in (first, second):
        place(a_bidder(venue, f"Bob {auction.id}"), order(auction, units=100, edge="260"))
        place(a_bidder(venue, f"Charlie {auction.id}"), order(auction, units=100, edge="260"))
    close(second, travel)
    assert sum(a.units for a in Award.objects.filter(commitment=commitment)) == 50
    assert sum(a.units for a in Award.objects.all()) == 200
    invariants.hold()
