"""Sealed auctions that show a band instead of the lot: bids in percent with two edges, from intake to settlement."""

from decimal import Decimal

import pytest

from accounts.models import Purpose, Transfer
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Award, Bid, Lot
from auctions.operations.provider.place_bids import BidOrder
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.market import a_bidder, a_playbook, close, mark_again, place, transcript_of

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def venue(venue):
    a_playbook(venue, disclosure="SIZE_BAND", cover_percent=0)
    return venue


def an_auction(venue, side="LONG", quantity="2", reference="book-1"):
    """Of 40 000 at 20 000 each, unless said otherwise: of a lot in the band up to 50 000."""
    book = market.a_book(venue, market.position("BTC-PERP", side, quantity, "20000"), cash="3000", reference=reference)
    market.sweep()
    return Auction.objects.get(step__lot__book=book)


def order(auction, name, percent, edge, inverse, **fields):
    return BidOrder(
        auction.id, name, percent, D(edge), percent, inverse_edge_bps=None if inverse is None else D(inverse), **fields
    )


def bid(venue, auction, *bids):
    for name, percent, edge, inverse in bids:
        (placed,) = place(a_bidder(venue, name), order(auction, name, percent, edge, inverse))
        assert placed.code is None


def awards():
    return [(a.provider.name, a.units, a.edge_bps, a.notional) for a in Award.objects.order_by("first_unit")]


def edges_paid():
    return sorted(Transfer.objects.filter(purpose=Purpose.EDGE).values_list("amount", flat=True))


BIDS = (("Alice", 60, "10", "90"), ("Bob", 50, "20", "30"), ("Charlie", 30, "34", "5"))


def test_what_is_shown_and_held_is_the_bands(venue):
    """500 for a percent of 50 000 and 3 % for drift, of which 10 % are margin; the base is one percent more."""
    auction = an_auction(venue)
    assert (auction.band_above, auction.band_up_to, auction.risk_percent) == (20_000, 50_000, 10)
    assert (auction.units, auction.offered_units, auction.step.lot.units) == (100, 2000, 2000)
    assert (auction.unit_hold, auction.unit_exposure, auction.base_hold) == (D("51.5"), 515, D("566.5"))
    bid(venue, auction, ("Alice", 60, "10", "90"))
    assert Bid.objects.get().held == D("566.5") + 60 * D("51.5")
    invariants.hold()


def test_a_lot_that_is_net_long_is_sold_at_the_edges_for_it(venue, travel):
    """Alice 60 % and Bob 40 % at his 20 bps: 24 000 and 16 000, at 48 and 32; margin is a tenth."""
    auction = an_auction(venue)
    bid(venue, auction, *BIDS)
    close(auction, travel)
    assert awards() == [("Alice", 1200, 20, 24_000), ("Bob", 800, 20, 16_000)]
    transcript = transcript_of(auction)
    assert (transcript.terms.units, transcript.terms.inverse) == (100, False)
    assert [(award.units, award.given_units) for award in transcript.outcome.awards] == [(60, 60), (40, 40)]
    invariants.hold()
    market.sweep()
    assert edges_paid() == [32, 48]
    assert sorted(Transfer.objects.filter(purpose=Purpose.MARGIN_DELIVERED).values_list("amount", flat=True)) == [
        1600,
        2400,
    ]
    invariants.everything_ended()


def test_a_lot_that_is_net_short_is_sold_at_the_inverse_edges(venue, travel):
    """Charlie 30 %, Bob 50 % and Alice 20 % at her 90 bps: 12 000 at 108, 20 000 at 180, 8 000 at 72."""
    auction = an_auction(venue, "SHORT")
    bid(venue, auction, *BIDS)
    close(auction, travel)
    assert awards() == [("Alice", 400, 90, 8_000), ("Bob", 1000, 90, 20_000), ("Charlie", 600, 90, 12_000)]
    transcript = transcript_of(auction)
    assert transcript.terms.inverse
    assert {bid.offer.inverse_edge_bps for bid in transcript.bids} == {90, 30, 5}
    invariants.hold()
    market.sweep()
    assert edges_paid() == [72, 108, 180]
    invariants.everything_ended()


def test_both_edges_are_sealed_until_the_close_and_then_shown(venue, travel):
    auction = an_auction(venue)
    bid(venue, auction, *BIDS)
    assert set(Bid.objects.values_list("edge_bps", "inverse_edge_bps")) == {(None, None)}
    assert len({len(content) for content in Bid.objects.values_list("sealed_offer", flat=True)}) == 1
    close(auction, travel)
    assert set(Bid.objects.values_list("edge_bps", "inverse_edge_bps")) == {(10, 90), (20, 30), (34, 5)}


@pytest.mark.parametrize(
    ("percent", "code"), [(0, "units_not_positive"), (1, None), (100, None), (101, "units_too_many")]
)
def test_a_bid_is_for_1_to_100_percent(venue, percent, code):
    (placed,) = place(a_bidder(venue), order(an_auction(venue), "b", percent, "10", "10"))
    assert placed.code == code


def test_one_percent_is_a_hundredth_and_a_hundred_are_everything(venue, travel):
    auction = an_auction(venue)
    bid(venue, auction, ("Alice", 1, "10", "0"), ("Bob", 100, "20", "0"))
    close(auction, travel)
    assert awards() == [("Alice", 20, 20, 400), ("Bob", 1980, 20, 39_600)]
    one = an_auction(venue, reference="book-2")
    for _ in range(2):
        place(build.Provider.objects.get(name="Bob"), order(one, "all", 100, "20", "0"))
        close(one, travel)
    assert Award.objects.get(step=one.step).units == 2000
    transcript_of(one)
    invariants.hold()


def test_a_percent_in_which_there_is_nothing_wins_nothing(venue, travel):
    """70 steps are 70 units: the first percent of them is none, the other 99 are all."""
    auction = an_auction(venue, quantity="0.07")
    bid(venue, auction, ("Alice", 1, "10", "0"), ("Bob", 99, "20", "0"))
    close(auction, travel)
    assert awards() == [("Bob", 70, 20, 1400)]
    assert dict(Bid.objects.values_list("provider__name", "state")) == {"Alice": BidState.LOST, "Bob": BidState.WON}
    transcript = transcript_of(auction)
    assert [(award.units, award.given_units) for award in transcript.outcome.awards] == [(1, 0), (99, 99)]
    market.sweep()
    invariants.everything_ended()


def test_percents_are_of_what_assignment_left(venue, travel):
    """A commitment takes 20 000 at once; the other half is in the band up to 20 000."""
    build.a_commitment(a_bidder(venue, "Dora"), min_edge_bps="50", cap_per_assignment="20000")
    auction = an_auction(venue)
    assert (auction.offered_units, auction.band_above, auction.band_up_to) == (1000, 10_000, 20_000)
    firm = Bid.objects.filter(commitment__isnull=False)
    firm_units = dict(firm.values_list("provider__name", "max_units"))
    bid(venue, auction, ("Alice", 90, "10", "0"), ("Bob", 10, "20", "0"))
    close(auction, travel)
    won = [(name, units) for name, units, *_ in awards()]
    assert won == [("Dora", 1000), ("Alice", 900), ("Bob", 100)], firm_units
    market.sweep()
    invariants.everything_ended()


@pytest.mark.parametrize(("side", "quantity"), [("LONG", "2"), ("SHORT", "1.3"), ("LONG", "2.5")])
def test_a_commitment_bids_percents_of_the_bands_end_at_one_edge_both_ways(venue, travel, side, quantity):
    """30 000 are 60 % of 50 000, whatever the lot is."""
    build.a_commitment(a_bidder(venue, "Dora"), min_edge_bps="250", window_capacity="30000", window_seconds=60)
    auction = an_auction(venue, side, quantity)
    assert Bid.objects.get().max_units == 60
    bid(venue, auction, ("Alice", 100, "300", "300"))
    close(auction, travel)
    firm = Bid.objects.get(commitment__isnull=False)
    assert (firm.units, firm.edge_bps, firm.inverse_edge_bps) == (60, 250, 250)
    (dora,) = Award.objects.filter(provider__name="Dora")
    assert (dora.units, dora.first_unit) == (auction.offered_units * 60 // 100, 0)
    transcript_of(auction)
    market.sweep()
    invariants.everything_ended()


def test_a_second_edge_is_needed_here_and_refused_elsewhere(venue):
    alice, auction = a_bidder(venue), an_auction(venue)
    assert place(alice, order(auction, "b1", 10, "10", None))[0].code == "inverse_edge_missing"
    a_playbook(venue)
    shown = an_auction(venue, reference="book-2")
    assert place(alice, order(shown, "b2", 10, "10", "10"))[0].code == "inverse_edge_not_taken"
    assert not Bid.objects.exists()


@pytest.mark.parametrize(("edge", "inverse"), [("-5", "0"), ("0", "-5"), ("-5", "-5")])
def test_the_declared_maximum_covers_the_dearer_payment(venue, edge, inverse):
    alice, auction = a_bidder(venue), an_auction(venue)
    less = order(auction, "b", 10, edge, inverse, max_pay_bps=D("4.9999"))
    assert place(alice, less)[0].code == "payment_above_maximum"
    assert place(alice, order(auction, "b", 10, edge, inverse, max_pay_bps=D(5)))[0].code is None


@pytest.mark.parametrize(
    ("edge", "inverse", "code"),
    [
        ("9", "20", None),
        ("10", "19", None),
        ("10", "20", "improvement_too_small"),
        ("9", "19.5", "improvement_too_small"),
        ("9", "20.0001", "bid_worse"),
        ("10.0001", "19", "bid_worse"),
    ],
)
def test_an_improvement_is_no_worse_either_way(venue, edge, inverse, code):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction, "b1", 10, "10", "20"))
    assert place(alice, order(auction, "b2", 10, edge, inverse, improves="b1"))[0].code == code


@pytest.mark.parametrize("side", ["LONG", "SHORT"])
@pytest.mark.parametrize(("edge", "inverse"), [("10", "9000"), ("9000", "10")])
def test_a_reopening_does_not_tell_which_way_the_lot_points(venue, travel, side, edge, inverse):
    """Alice and Bob ask far too much on one side, be it the lot's or not: it reopens either way."""
    auction = an_auction(venue, side)
    bid(venue, auction, ("Alice", 60, edge, inverse), ("Bob", 60, edge, inverse))
    assert close(auction, travel).round == 2
    close(auction, travel)
    sold = (side == "LONG") == (edge == "10")
    assert auction.state == (AuctionState.AWARDED if sold else AuctionState.UNFILLED)
    transcript_of(auction)


def test_a_restart_takes_the_band_of_fresh_marks(venue, travel):
    a_playbook(venue, disclosure="SIZE_BAND", cover_percent=0, max_restarts=1)
    auction = an_auction(venue)
    bid(venue, auction, *BIDS)
    travel.to(auction.closes_at)
    mark_again("26000")
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert (auction.restarts, auction.band_above, auction.band_up_to) == (1, 50_000, 100_000)
    assert auction.unit_exposure == 1030
    invariants.hold()


def test_marks_that_moved_too_far_leave_a_transcript_that_holds(venue, travel):
    auction = an_auction(venue, "SHORT")
    bid(venue, auction, *BIDS)
    travel.to(auction.closes_at)
    mark_again("30000")
    run_stage("close_auctions")
    auction.refresh_from_db()
    assert auction.state == AuctionState.UNFILLED
    assert transcript_of(auction).terms.inverse


def test_a_cap_counts_the_lot_whatever_is_shown(venue, travel):
    cap = build.a_cap(venue, "50000")
    auction = an_auction(venue)
    cap.refresh_from_db()
    assert cap.outstanding == 40_000
    invariants.hold()
    build.a_cap(venue, None)
    assert build.a_cap(venue, "50000").outstanding == 40_000
    bid(venue, auction, *BIDS)
    close(auction, travel)
    invariants.hold()
    market.sweep()
    invariants.everything_ended()


def test_what_nobody_bids_for_is_shown_in_the_dutch_auction(venue, travel):
    auction = an_auction(venue)
    for _ in range(2):
        close(auction, travel)
    market.sweep()
    dutch = Auction.objects.get(kind="DUTCH")
    assert (dutch.disclosure, dutch.units, dutch.offered_units, dutch.band_up_to) == ("FULL", 2000, 2000, None)


def test_a_large_lot_has_ten_thousand_units_so_that_percents_hold_some(venue):
    an_auction(venue, quantity="12")
    assert Lot.objects.get().units == 10_000


def test_the_event_of_the_opening_says_the_band_only(venue):
    an_auction(venue)
    (event,) = Event.objects.filter(kind="auction_opened")
    assert event.payload.keys() == {"kind", "closes_at", "band_above", "band_up_to"}
