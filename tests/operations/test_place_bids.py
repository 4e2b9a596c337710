"""Bids of a sealed auction: who may bid what, with which hold, and what is answered when it is sent again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.operations.keys.revoke_key import revoke_key
from auctions.desks import seals as sealing
from auctions.events import BidPlaced
from auctions.models import Auction, Bid
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider import place_bids as bidding
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.place_bids import place_bids
from auctions.rules.holds import Hold
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event, Outbox
from backstop.sql_functions import read_function
from backstop.transactions import acting
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, code, order, place
from tests.past import rows_read
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


def test_where_all_are_to_be_placed_or_none_one_that_is_refused_leaves_nothing_of_a_hundred(venue):
    a_playbook(venue, max_bids=100)
    alice, auction = a_bidder(venue), an_auction(venue)
    (former,) = place(alice, order(auction, "b0", edge="50"))
    free = build.provider_account(alice).held
    better = replace(order(auction, "b1", edge="20"), improves="b0")
    orders = [better, *(order(auction, f"b{n}", units=1) for n in range(2, 100)), order(auction, "b100", units=101)]
    whose = {"key_id": alice.api_keys.get().id, "provider_id": alice.id, "all_or_none": True}
    for _ in range(2):  # the second time too: no place of `max_bids` is used up
        outcomes = perform(place_bids, **whose, orders=orders)
        assert [one.code for one in outcomes] == ["bids_refused"] * 99 + ["units_too_many"]
        assert all((one.bid_id, one.new) == (None, None) for one in outcomes)
    assert [(bid.id, bid.state) for bid in Bid.objects.all()] == [(former.bid_id, "LIVE")]
    assert Event.objects.filter(kind="bid_placed").count() == 1
    assert build.provider_account(alice).held == free
    outcomes = perform(place_bids, **whose, orders=orders[:-1])
    assert {one.code for one in outcomes} == {None}
    assert perform(place_bids, **whose, orders=orders[:-1]) == outcomes, "what was placed before is no refusal"
    assert perform(place_bids, **whose, orders=orders)[0].code == "bids_refused"
    assert Bid.objects.count() == 100
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
    drift=st.none() | st.decimals(0, 9000, places=4),
    unit=st.decimals(0, 100, places=6),
    exposure=st.decimals(0, 1000, places=6),
    base=st.decimals(0, 100, places=6),
)
def test_the_database_holds_what_the_rule_says(venue, units, max_pay, drift, unit, exposure, base):
    auction = Auction.objects.first() or an_auction(venue)
    alice = a_bidder(venue, f"Alice {uuid4()}", collateral="100000000")
    Auction.objects.filter(id=auction.id).update(unit_hold=unit, unit_exposure=exposure, base_hold=base)
    said = order(auction, str(uuid4()), units=units, edge=str(-max_pay), max_pay=str(max_pay))
    (one,) = place(alice, replace(said, max_drift_bps=drift))
    bid, own, default = Bid.objects.get(id=one.bid_id), drift or Decimal(0), Decimal(300)
    assert bid.held == Hold(unit, exposure, base).of_bid(units, max_pay, own, default, 6)
    assert bid.max_drift_bps == (default if drift is None else drift)


@pytest.mark.parametrize(
    ("limit", "improved", "stands"), [("400", "0", "400"), ("0", "400", "400"), (None, None, "300")]
)
def test_what_improves_a_bid_stands_at_least_as_far_and_its_digest_says_so(venue, travel, limit, improved, stands):
    a_playbook(venue, max_reopenings=0)
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, replace(order(auction, "b1"), max_drift_bps=limit and Decimal(limit)))
    place(alice, replace(order(auction, "b2", edge="90"), improves="b1", max_drift_bps=improved and Decimal(improved)))
    assert Bid.objects.get(state="LIVE").max_drift_bps == Decimal(stands)
    close(auction, travel)
    (published,) = invariants.chain_holds(auction.step.lot.book).sealed
    assert [bid.max_drift_bps for bid in published.transcript.bids if bid.counted_units] == [Decimal(stands)]
    assert published.transcript.terms.drift_bps == 0


def test_a_bid_with_another_limit_of_drift_is_not_the_same_again(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    said = replace(order(auction), max_drift_bps=Decimal(400))
    assert [place(alice, one)[0].code for one in (said, said, replace(said, max_drift_bps=Decimal(5)))] == [
        None,
        None,
        "bid_reused",
    ]


def test_each_bid_is_told_to_its_provider_and_the_venue_but_not_what_it_offers(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, "b1"), order(auction, "b2", units=7, edge="-1.5", max_pay="2"))
    held = dict(Bid.objects.values_list("id", "held"))
    better, unknown = place(alice, replace(order(auction, "b3", edge="90"), improves="b1"), order(uuid4(), "b4"))
    assert (better.code, unknown.code) == (None, "auction_unknown")
    held |= Bid.objects.filter(id=better.bid_id).values_list("id", "held")
    whose = {"venue_id": venue.id, "provider_id": alice.id, "auction": auction.id, "asset": "USD"}
    placed = [
        BidPlaced(**whose, subject_id=bid.id, held=held[bid.id], improves=bid.improves_id)
        for bid in Bid.objects.order_by("sequence")
    ]
    told = Event.objects.filter(kind=BidPlaced.KIND, visibility=BidPlaced.VISIBILITY, actor="test").order_by("id")
    assert list(told.values_list("venue_id", "subject_id", "provider_id", "payload")) == [
        (one.venue_id, one.subject_id, one.provider_id, one.payload) for one in placed
    ]
    assert Outbox.objects.filter(event_id__in=told.values("id"), venue_id=venue.id).count() == 3


def test_a_hundred_bids_are_one_call_and_at_most_one_look_up(venue, forgotten, django_assert_num_queries):
    alice, auction = a_bidder(venue), an_auction(venue)
    key = alice.api_keys.get()
    sealing._kept.clear()
    for queries, name in ((2, "first"), (1, "again")):
        orders = [order(auction, f"{name}-{number}", 1) for number in range(100)]
        with acting("test"), django_assert_num_queries(queries):
            placed = place_bids(key_id=key.id, provider_id=alice.id, orders=orders)
        assert all(one.code is None for one in placed)


def test_a_bid_is_found_by_its_name_though_it_was_planned_when_there_were_none(
    venue, database_owner, tmp_path, monkeypatch
):
    """In a table of its own, for the planner knows what other tests have left in that of all."""
    source = Path(bidding.__file__).parents[2] / "sql" / "place_bids.sql"
    (tmp_path / source.name).write_text(source.read_text().replace("auctions_bid", "fresh_bid"))
    function = read_function(tmp_path / source.name)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fresh_bid (LIKE auctions_bid INCLUDING ALL)")
        cursor.execute("ANALYZE fresh_bid")
        cursor.execute(function.definition)
    monkeypatch.setattr(bidding, "PLACE_BIDS", function)
    auction = an_auction(venue)
    alice, bob = a_bidder(venue, collateral="100000000"), a_bidder(venue, "Bob")
    place(bob, order(auction, "first"))
    place(alice, *(order(auction, f"{number}", 1) for number in range(100)))
    before = rows_read()["fresh_bid"]
    place(alice, order(auction, "50", 1))
    place(bob, order(auction, "last"))
    assert rows_read()["fresh_bid"] - before <= 100 + 1 + 1, "each its own, to be counted, and the one by its name"
