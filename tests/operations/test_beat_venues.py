"""Time in which nothing ran is not bidding time: what was open has its whole window, and no price rises meanwhile."""

from datetime import timedelta
from decimal import Decimal

import pytest

from auctions import clock_rounds, tasks
from auctions.lifecycle import AuctionState
from auctions.models import Auction, Bid, Heartbeat
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.sweeps.beat_venues import beat_venues
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import sweep as worker_sweep
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_dutch_playbook(
        venue,
        mark_max_age_seconds=3600,
        dutch_seconds=60,
        dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 45},
        sealed_seconds=30,
    )
    return venue


@pytest.fixture
def alice(venue):
    return market.a_bidder(venue, "Alice")


def beat(*codes):
    perform(beat_venues, venues=codes)


def a_dutch_auction(venue, travel):
    auction = market.an_auction(venue)
    travel.to(auction.closes_at)
    market.sweep()
    beat()
    return Auction.objects.get(kind="DUTCH")


def edge_of(alice, auction):
    return perform(quote_take, provider_id=alice.id, auction_id=auction.id).edge_bps


def test_the_first_take_after_an_outage_is_paid_the_edge_of_before(venue, alice, travel):
    auction = a_dutch_auction(venue, travel)
    travel(seconds=9)
    before = edge_of(alice, auction)
    assert before == 100  # of 500 after 45 seconds
    travel.outage(seconds=44)
    assert edge_of(alice, auction) == before
    taken = market.take(alice, auction)
    assert taken.edge_bps == before
    client = build.api_client(build.a_provider_key(alice))
    assert client.get(f"/v1/auctions/{auction.id}").json()["edge_now_bps"] == "100"
    beat()
    assert edge_of(alice, auction) == before
    travel(seconds=9)
    assert edge_of(alice, auction) == 2 * before


def test_a_gap_that_is_allowed_is_time(venue, alice, travel):
    auction = a_dutch_auction(venue, travel)
    travel.outage(seconds=10)
    assert edge_of(alice, auction) == Decimal("111.1111")
    beat()
    assert edge_of(alice, auction) == Decimal("111.1111")
    travel.outage(seconds=10, microseconds=1)
    assert edge_of(alice, auction) == Decimal("111.1111")


def test_a_dutch_auction_that_would_have_ended_meanwhile_goes_on_where_it_stood(venue, alice, travel):
    auction = a_dutch_auction(venue, travel)
    closes_at = auction.closes_at
    travel.outage(minutes=30)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN, "who comes before the next beat ends nothing"
    assert market.take(alice, auction).edge_bps == 0
    beat()
    auction.refresh_from_db()
    assert auction.closes_at == closes_at + timedelta(minutes=30)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN


def test_a_sealed_window_within_an_outage_has_its_whole_time(venue, alice, travel):
    auction = market.an_auction(venue)
    beat()
    travel.outage(seconds=44)
    assert market.code(alice, auction, "early") is None, "what comes before the next beat finds it open"
    market.sweep("close_auctions")
    beat()
    before = auction.closes_at
    auction.refresh_from_db()
    assert auction.closes_at == before + timedelta(seconds=44)
    assert market.code(alice, auction, "later") is None
    market.close(auction, travel)
    assert set(Bid.objects.values_list("state", flat=True)) <= {"WON", "LOST"}
    kinds = Event.objects.filter(subject_id=auction.id).order_by("id").values_list("kind", flat=True)
    assert [kind for kind in kinds if kind in ("auction_halted", "auction_resumed")] == [
        "auction_halted",
        "auction_resumed",
    ]


def test_a_bid_after_the_window_is_refused_where_the_gap_is_allowed(venue, alice, travel):
    auction = market.an_auction(venue)
    travel.to(auction.closes_at - timedelta(seconds=5))
    beat()
    travel.outage(seconds=10)
    assert market.code(alice, auction) == AuctionRefusal.AUCTION_NOT_OPEN.code
    travel.outage(microseconds=1)
    assert market.code(alice, auction, "b2") is None


def test_after_an_outage_as_long_as_a_halt_bids_are_reconfirmed(venue, alice, travel):
    auction = market.an_auction(venue)
    assert market.code(alice, auction) is None
    beat()
    travel.outage(seconds=301)
    beat()
    auction.refresh_from_db()
    assert auction.reconfirm_since is not None
    assert market.reconfirm(alice, auction) is not None


def test_what_was_halted_in_an_outage_stands_since_its_beginning(venue, alice, travel):
    auction = a_dutch_auction(venue, travel)
    travel.outage(seconds=40)
    stop = {"venue_id": venue.id, "reason": "a test"}
    perform(set_breaker, level=3, **stop)
    travel.outage(seconds=5)
    beat()
    perform(set_breaker, level=0, **stop)
    market.sweep("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 45)
    assert edge_of(alice, auction) == 0


def beats():
    return {each.venue.code: each.beat_at for each in Heartbeat.objects.select_related("venue")}


def test_each_venue_beats_for_itself_at_most_twice_a_second(venue, travel):
    other = build.a_venue()
    began_at = clock.now()
    beat(venue.code)
    assert beats() == {venue.code: began_at}
    travel.outage(seconds=0.499)
    beat()
    assert beats() == {venue.code: began_at, other.code: clock.now()}
    travel.outage(seconds=0.001)
    beat()
    assert beats()[venue.code] == clock.now()


@pytest.mark.parametrize("runs", [worker_sweep, lambda stage: clock_rounds._sweep([stage], lambda: None)])
def test_a_clock_and_a_worker_make_up_for_an_outage_before_they_close_anything(venue, travel, monkeypatch, runs):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # the test's transaction is in it
    auction = a_dutch_auction(venue, travel)
    travel.outage(minutes=30)
    runs("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.halted_seconds) == (AuctionState.OPEN, 1800)
    assert set(beats().values()) == {clock.now()}


def test_several_clocks_make_up_for_an_outage_once(venue, travel):
    auction = a_dutch_auction(venue, travel)
    travel.outage(seconds=44)
    for _ in range(3):
        beat()
    auction.refresh_from_db()
    assert auction.halted_seconds == 44
    assert Event.objects.filter(subject_id=auction.id, kind="auction_halted").count() == 1


def test_a_take_waits_for_no_beat(venue, alice, travel, django_assert_max_num_queries):
    auction = a_dutch_auction(venue, travel)
    with django_assert_max_num_queries(60) as counted:
        market.take(alice, auction)
    asked = [query["sql"] for query in counted if "auctions_heartbeat" in query["sql"]]
    assert len(asked) == 2, "it comes with the auction, before its lock and behind it"
    assert not any("FOR " in sql for sql in asked)


def test_a_take_that_is_too_late_is_refused_once_time_has_gone_on(venue, alice, travel):
    auction = a_dutch_auction(venue, travel)
    travel.to(auction.closes_at)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        market.take(alice, auction)
