"""Of whom nothing more is heard, the bids are taken back: at the end of its time exactly, once, and after no outage."""

from datetime import timedelta

import pytest

from auctions import queries
from auctions.lifecycle import BidState
from auctions.models import Bid, CancelSwitch
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.sweeps.beat_venues import beat_venues
from auctions.queries import due_to_trip, get_next_deadline
from auctions.queries.due import batches
from auctions.rules.closing import SILENT
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import an_auction, close, order, place

pytestmark = pytest.mark.django_db

STAGE = "trip_cancel_switches"
INSTANT = timedelta(microseconds=1)


def arm(provider, seconds=5):
    return perform(set_cancel_switch, provider_id=provider.id, seconds=seconds)


def state_of(placed):
    return Bid.objects.get(id=placed.bid_id).state


def test_at_the_end_of_its_time_what_it_bid_is_taken_back_once(venue, alice, bob, travel):
    auction = an_auction(venue)
    (mine,), (theirs,) = place(alice, order(auction)), place(bob, order(auction))
    switch = arm(alice)
    arm(bob, 60)
    travel.to(switch.cancels_at - INSTANT)
    assert get_next_deadline(clock.now()) == switch.cancels_at
    assert market.sweep(STAGE) == 0
    travel.to(switch.cancels_at)
    assert market.sweep(STAGE) == 1
    assert (state_of(mine), state_of(theirs)) == (BidState.CANCELLED, BidState.LIVE)
    assert build.provider_account(alice).held == 0
    assert Event.objects.get(kind="cancel_switch_tripped").payload == {"bids": 1}
    assert CancelSwitch.objects.get(id=switch.id).cancels_at is None
    (again,) = place(alice, order(auction, "b2"))
    travel(seconds=5)
    assert market.sweep(STAGE) == 0
    assert state_of(again) == BidState.LIVE, "it has to be armed anew"
    invariants.hold()


def test_more_than_a_batch_is_taken_back_a_batch_at_a_time_and_told_once(venue, alice, travel, monkeypatch):
    monkeypatch.setattr(queries.bids, "BATCH_BIDS", 2)
    auction = an_auction(venue)
    firm, *_ = place(alice, *(order(auction, f"b{n}") for n in range(6)))
    Bid.objects.filter(id=firm.bid_id).update(firm=True)
    arm(alice)
    travel(seconds=5)
    for live in (5, 3, 1):
        assert not Event.objects.filter(kind="cancel_switch_tripped").exists()
        assert run_stage(STAGE) == 1
        assert Bid.objects.filter(state=BidState.LIVE).count() == live
    assert Event.objects.get(kind="cancel_switch_tripped").payload == {"bids": 5}
    assert run_stage(STAGE) == 0
    invariants.hold()


def test_what_was_carried_over_stands(venue, alice, travel):
    auction = an_auction(venue)
    (firm,) = place(alice, order(auction))
    close(auction, travel)
    arm(alice)
    travel(seconds=5)
    assert market.sweep(STAGE) == 1
    assert state_of(firm) == BidState.LIVE


def test_in_an_outage_nobody_was_silent(venue, alice, travel):
    market.a_playbook(venue, mark_max_age_seconds=86400)
    auction = an_auction(venue)
    (mine,) = place(alice, order(auction))
    perform(beat_venues, venues=())
    switch = arm(alice)
    travel.outage(seconds=3600)
    assert market.sweep(STAGE) == 0
    perform(beat_venues, venues=())
    assert market.sweep(STAGE) == 0
    travel.to(CancelSwitch.objects.get(id=switch.id).cancels_at)
    assert market.sweep(STAGE) == 1
    assert state_of(mine) == BidState.CANCELLED


def test_a_batch_is_bounded_by_the_bids_that_it_takes_back(venue, alice, bob, travel, monkeypatch):
    auction = an_auction(venue)
    place(alice, order(auction, "b1"), order(auction, "b2"))
    switches = [arm(provider).id for provider in (alice, bob)]
    travel(seconds=5)
    monkeypatch.setattr(batches, "BIDS_PER_WEIGHT", 1)
    for weight, rows in ((1, 1), (3, 1), (4, 2)):
        monkeypatch.setattr(batches, "BATCH_WEIGHT", weight)
        assert due_to_trip(clock.now()).list_batch(venue.id) == switches[:rows], weight


@pytest.mark.parametrize("close_first", [False, True])
@pytest.mark.parametrize(("before", "counts"), [(INSTANT, False), (timedelta(0), True)])
def test_what_fell_due_before_the_close_counts_for_nothing_whoever_comes_first(
    venue, alice, bob, travel, close_first, before, counts
):
    """At `closes_at` exactly it is too late, as it is by its own hand."""
    market.a_playbook(venue, max_reopenings=0)
    auction = an_auction(venue)
    place(alice, order(auction, edge="1"))
    place(bob, order(auction, units=100, edge="100"))
    ends_at(alice, auction.closes_at - before)
    travel.to(auction.closes_at)
    stages = ["close_auctions", STAGE]
    for stage in stages if close_first else reversed(stages):
        assert market.sweep(stage) == 1
    gone = BidState.VOID if close_first else BidState.CANCELLED
    assert Bid.objects.get(provider=alice).state == (BidState.WON if counts else gone)
    assert Event.objects.filter(kind="bid_voided", payload__reason=SILENT).exists() == (close_first and not counts)
    mine, theirs = market.transcript_of(auction).bids
    assert (mine.not_counted is None, theirs.not_counted) == (counts, None)
    assert CancelSwitch.objects.get().cancels_at is None
    invariants.hold()


def test_what_fell_due_before_the_close_is_not_carried_over(venue, alice, travel):
    auction = an_auction(venue)
    place(alice, order(auction))
    ends_at(alice, auction.closes_at - INSTANT)
    travel.to(auction.closes_at)
    market.sweep("close_auctions")
    assert Bid.objects.get().state == BidState.VOID
    assert build.provider_account(alice).held == 0


def ends_at(provider, instant):
    switch = arm(provider)
    CancelSwitch.objects.filter(id=switch.id).update(cancels_at=instant)
