"""A bid stands until the time that its provider names, as if it had taken it back then by its own hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.place_bids import SealedBidOrder
from auctions.queries import due_to_expire_bids, get_next_deadline
from auctions.queries.due import batches
from auctions.rules.closing import EXPIRED
from auctions.rules.sealing import Offer
from auctions.rules.verification import differences
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_bidder, an_auction, close, order, place
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db

STAGE = "expire_bids"
INSTANT = timedelta(microseconds=1)


def until(moment, auction, name="b1", **said):
    return replace(order(auction, name, **said), expires_at=moment)


def bid(placed) -> Bid:
    return Bid.objects.get(id=placed.bid_id)


def test_at_its_time_exactly_a_bid_is_taken_back_and_holds_nothing(venue, alice, travel):
    auction = an_auction(venue)
    ends_at = clock.now() + timedelta(seconds=5)
    one, other = place(alice, until(ends_at, auction), order(auction, "b2"))
    travel.to(ends_at - INSTANT)
    assert get_next_deadline(clock.now()) == ends_at
    assert market.sweep(STAGE) == 0
    travel.to(ends_at)
    assert market.sweep(STAGE) == 1
    assert (bid(one).state, bid(one).cancelled_at) == (BidState.CANCELLED, ends_at)
    assert bid(other).state == BidState.LIVE
    assert build.provider_account(alice).held == bid(other).held
    assert Event.objects.filter(kind="bid_cancelled", subject_id=one.bid_id).exists()
    invariants.hold()


@pytest.mark.parametrize("sealed_by", ["VENUE", "PROVIDER"])
def test_its_transcript_says_its_time_and_its_digest_commits_to_it(venue, alice, bob, travel, sealed_by):
    market.a_playbook(venue, max_reopenings=0, sealed_by=sealed_by)
    auction = an_auction(venue)

    def send(provider, name, moment):
        if sealed_by == "VENUE":
            return until(moment, auction, name)
        content = market.sealed_offer(auction, provider, name, Offer(100, Decimal(10)))
        return SealedBidOrder(auction.id, name, content, 100, Decimal(0), expires_at=moment)

    soon, late = (auction.closes_at + timedelta(seconds=seconds) for seconds in (-1, 1))
    place(alice, send(alice, "soon", soon), send(alice, "late", late))
    place(bob, send(bob, "b1", None))
    travel.to(soon)
    market.sweep(STAGE)
    close(auction, travel)
    transcript = market.transcript_of(auction)
    assert [(each.expires_at, each.state == "CANCELLED") for each in transcript.bids] == [
        *((soon, True), (late, False), (None, False)),
    ]
    timeless = replace(transcript, bids=tuple(replace(each, expires_at=None) for each in transcript.bids))
    assert "bid 2 is not what its digest stands for" in differences(timeless, [], [transcript.public_key])


def test_a_time_that_is_over_is_refused_and_the_same_bid_again_is_the_same(venue, alice, travel):
    auction, now = an_auction(venue), clock.now()
    assert market.place(alice, until(now, auction))[0].code == "bid_expired"
    soon = until(now + INSTANT, auction)
    (first,) = place(alice, soon)
    travel(seconds=1)
    assert place(alice, soon) == [first], "also when it is over"
    assert place(alice, until(now + 2 * INSTANT, auction))[0].code == "bid_reused"
    assert place(alice, order(auction))[0].code == "bid_reused"


@pytest.mark.parametrize("close_first", [False, True])
@pytest.mark.parametrize(("early", "counts"), [(INSTANT, False), (timedelta(0), True)])
def test_what_is_over_before_the_close_counts_for_nothing_whoever_comes_first(
    venue, alice, bob, travel, close_first, early, counts
):
    """At `closes_at` exactly it stood to the end."""
    market.a_playbook(venue, max_reopenings=0, min_groups=1, cover_percent=0)
    auction = an_auction(venue)
    (mine,) = place(alice, until(auction.closes_at - early, auction, edge="10"))
    (theirs,) = place(bob, order(auction, edge="20", units=100))
    if not close_first:
        travel.to(auction.closes_at - INSTANT)
        assert market.sweep(STAGE) == (not counts)
    travel.to(auction.closes_at)
    market.mark_again()
    run_stage("close_auctions")
    assert market.sweep(STAGE) == 0
    gone = BidState.VOID if close_first else BidState.CANCELLED
    assert (bid(mine).state, bid(theirs).state) == (BidState.WON if counts else gone, BidState.WON)
    assert (bid(mine).held, bid(mine).void_reason) == (0, "" if counts or not close_first else EXPIRED)
    assert (bid(mine).units is None) == (not counts), "what counts for nothing is not shown"
    invariants.hold()
    tells_everything()


def test_what_is_over_before_the_close_is_not_carried_over(venue, alice, travel):
    auction = an_auction(venue)
    place(alice, until(auction.closes_at - INSTANT, auction))
    travel.to(auction.closes_at)
    market.mark_again()
    run_stage("close_auctions")
    assert (Auction.objects.get().round, Bid.objects.get().state) == (2, BidState.VOID)
    assert build.provider_account(alice).held == 0


def test_in_the_next_round_it_is_firm_and_stands_as_its_provider_could_not_take_it_back(venue, alice, travel):
    auction = an_auction(venue)
    ends_at = auction.closes_at + timedelta(seconds=5)
    (mine,) = place(alice, until(ends_at, auction))
    close(auction, travel)
    assert Auction.objects.get().round == 2
    travel.to(ends_at)
    assert market.sweep(STAGE) == 0
    close(Auction.objects.get(), travel)
    assert bid(mine).state not in (BidState.CANCELLED, BidState.LIVE)


def test_one_that_is_over_cannot_be_improved_though_no_sweep_has_come_by(venue, alice, travel):
    auction = an_auction(venue)
    place(alice, until(clock.now() + INSTANT, auction))
    travel(seconds=1)
    better = replace(order(auction, "b2", edge="50"), improves="b1")
    assert place(alice, better)[0].code == "bid_not_live"


def test_a_firm_one_may_be_improved_when_its_time_is_over_and_what_improves_it_is_firm_too(venue, alice, travel):
    auction = an_auction(venue)
    place(alice, until(auction.closes_at + INSTANT, auction))
    close(auction, travel)
    travel(seconds=1)
    better = replace(until(clock.now() + INSTANT, auction, "b2", edge="50"), improves="b1")
    (improved,) = place(alice, better)
    assert improved.code is None
    travel(seconds=1)
    assert market.sweep(STAGE) == 0, "nobody gets out of a firm bid by improving it"
    assert bid(improved).state == BidState.LIVE


def test_a_batch_is_bounded_by_the_bids_that_it_takes_back(venue, alice, travel, monkeypatch):
    auctions = [an_auction(venue, reference=f"book-{n}") for n in range(2)]
    ends_at = clock.now() + INSTANT
    place(alice, *(until(ends_at, auctions[0], f"a{n}", units=1) for n in range(2)), order(auctions[0]))
    place(alice, until(ends_at, auctions[1], "b2", units=1))
    travel(seconds=1)
    monkeypatch.setattr(batches, "BIDS_PER_WEIGHT", 1)
    for weight, rows in ((1, 1), (4, 1), (5, 2)):
        monkeypatch.setattr(batches, "BATCH_WEIGHT", weight)
        assert len(due_to_expire_bids(clock.now()).list_batch(venue.id)) == rows, weight


def test_during_a_halt_it_may_go_as_its_provider_may(venue, alice, travel):
    auction = an_auction(venue)
    (mine,) = place(alice, until(clock.now() + timedelta(seconds=5), auction))
    perform(set_breaker, venue_id=venue.id, auction_id=auction.id, level=3, reason="a test")
    market.sweep("close_auctions")
    assert Auction.objects.get().state == AuctionState.HALTED
    travel(seconds=5)
    assert market.sweep(STAGE) == 1
    assert bid(mine).state == BidState.CANCELLED


@pytest.mark.parametrize("improves", [False, True])
@pytest.mark.parametrize("asked_again", [False, True])
def test_one_that_stood_past_its_time_stands_in_a_halt_too_and_after_it(venue, alice, travel, improves, asked_again):
    """No halt brings its time back; only its provider may take it back then."""
    market.a_playbook(venue, reconfirm_after_seconds=1, reconfirm_seconds=20, cover_percent=0)
    auction = an_auction(venue)
    (mine,) = place(alice, until(auction.closes_at + INSTANT, auction))
    close(auction, travel)
    travel(seconds=1)
    if improves:
        better = replace(until(clock.now() + INSTANT, auction, "b2", edge="50"), improves="b1")
        (mine,) = place(alice, better)
    halt = {"venue_id": venue.id, "auction_id": auction.id, "reason": "a test"}
    perform(set_breaker, level=3, **halt)
    market.sweep("close_auctions")
    assert Auction.objects.get().state == AuctionState.HALTED
    travel(seconds=2 if asked_again else 1)
    assert market.sweep(STAGE) == 0, "in the halt"
    perform(set_breaker, level=0, **halt)
    market.mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.state, auction.round, auction.reconfirm_since is not None) == ("OPEN", 2, asked_again)
    assert market.reconfirm(alice, auction) == 1
    assert market.sweep(STAGE) == 0, "after the halt"
    close(auction, travel)
    assert bid(mine).state not in (BidState.CANCELLED, BidState.VOID)
    invariants.hold()


def test_where_all_that_was_bid_is_over_nothing_is_deserted(venue, travel):
    """An auction without a bid that counts is decided: it does not start anew as if marks had drifted from its bids."""
    market.a_playbook(venue, max_reopenings=0, max_restarts=1)
    alice, auction = a_bidder(venue), an_auction(venue)
    (mine,) = place(alice, until(auction.closes_at - INSTANT, auction))
    travel.to(auction.closes_at)
    market.mark_again("21000")
    run_stage("close_auctions")
    assert (Auction.objects.get().state, bid(mine).state) == (AuctionState.UNFILLED, BidState.VOID)
