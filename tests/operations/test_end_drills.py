"""A drill gives way to a real book of one of its product groups, wherever it is."""

import pytest

from auctions.lifecycle import AuctionState, BidState, BookState, DrillState, SettlementState, StepKind
from auctions.models import Auction, Award, Bid, Settlement
from auctions.rules.drills import Quality
from tests import builders as build
from tests import invariants, market
from tests.market import a_drill, what_is_real

pytestmark = pytest.mark.django_db(transaction=True)


def a_real_book(venue, instrument="BTC-PERP"):
    return market.a_book(venue, market.position(instrument, "LONG", "1", "200"), reference="real", cash="3000")


def test_a_real_book_ends_the_drill_of_its_group_and_voids_what_was_bid(venue, alice):
    drill = a_drill(venue)
    market.sweep()
    market.place(alice, market.order(Auction.objects.get(), units=100, edge="20"))
    a_real_book(venue)
    arrived = what_is_real(venue)
    market.sweep("end_drills")
    assert what_is_real(venue) == arrived
    drill.refresh_from_db()
    record = drill.records.get()
    assert (drill.state, drill.book.state) == (DrillState.BROKEN_OFF, BookState.WITHDRAWN)
    assert drill.reason == "a real book of one of its product groups arrived"
    assert Auction.objects.get().state == AuctionState.WITHDRAWN
    assert Bid.objects.get().state == BidState.VOID
    assert (record.quality, record.answered_at is not None) == (Quality.EXEMPT, True)
    invariants.hold()
    market.clean()


def test_a_drill_of_other_groups_goes_on(venue, alice):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    drill = a_drill(venue)
    a_real_book(venue, "ETH-PERP")
    market.sweep()
    drill.refresh_from_db()
    assert (drill.state, drill.real_book) == (DrillState.UNDER_WAY, None)


def test_what_was_awarded_is_settled_before_a_drill_is_broken_off(venue, travel):
    market.a_hasty_playbook(venue, assign="FIRST")
    market.committed(venue, cap_per_assignment="8000")
    drill = a_drill(venue)
    market.sweep("route_books", "assign_lots")
    assert Settlement.objects.get().state == SettlementState.CONFIRMED
    a_real_book(venue)
    market.sweep("end_drills", "pass_lots_on", "open_auctions")
    drill.refresh_from_db()
    assert drill.state == DrillState.UNDER_WAY
    assert not Auction.objects.filter(step__lot__book=drill.book).exists()
    market.sweep("settle_awards", "end_drills")
    drill.refresh_from_db()
    assert (drill.state, Award.objects.get().settlement.state) == (DrillState.BROKEN_OFF, SettlementState.SETTLED)
    assert drill.records.get().quality == Quality.POOR  # 40 of 100
    invariants.hold()
    market.clean()


def test_takes_of_a_drill_that_gives_way_are_settled_and_gone(venue, travel):
    market.a_hasty_playbook(venue, dutch_seconds=60, uncontested_caps_bps=[500])
    alice = market.a_bidder(venue)
    drill = a_drill(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind=StepKind.DUTCH)
    travel(seconds=2)
    market.take(alice, auction, units=40)
    market.ready(alice, auction, units=10)
    before = what_is_real(venue)
    build.a_mark(venue.instruments.get(), "20000")
    book = a_real_book(venue)
    arrived = what_is_real(venue)
    market.sweep("end_drills", "settle_awards", "end_drills")
    drill.refresh_from_db()
    assert drill.state == DrillState.BROKEN_OFF
    assert what_is_real(venue) == arrived
    assert before["holdings"] == arrived["holdings"]
    market.withdraw(book)
    market.sweep()
    invariants.everything_ended()
    market.clean()
