"""A drill gives way to a real book of one of its product groups, wherever it is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.lifecycle import ProviderState
from accounts.models import Account
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.sharing.quality import Quality
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import AuctionState, BidState, BookState, DrillState, ReadinessState, SettlementState, StepKind
from auctions.models import Auction, Award, Bid, Readiness, Settlement
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.events import VenueEvent
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import api_client, perform
from tests.market import a_drill, what_is_real
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)

DRILL_AMENDED = BookOrder("drill-1", (market.position("BTC-PERP", "SHORT", "2", "20000"),), Decimal(5000))


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
    told = Event.objects.exclude(visibility=VenueEvent.VISIBILITY).filter(kind__in=("drill_ended", "auction_withdrawn"))
    assert {event.payload["reason"] for event in told} | {Bid.objects.get().void_reason} == {"the book was withdrawn"}
    seen = api_client(build.a_provider_key(alice)).get(f"/v1/drills/{drill.id}").json()
    assert (seen["state"], seen["reason"]) == ("BROKEN_OFF", "the book was withdrawn")
    assert Event.objects.get(kind="book_withdrawn").payload["reason"] == drill.reason
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
    assert drill.records.get().quality == Quality.EXEMPT, "what was assigned asks for nothing"
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


def test_a_drill_of_which_something_was_decided_is_amended_and_ends_all_the_same(venue, travel):
    market.a_hasty_playbook(venue, dutch_seconds=60, uncontested_caps_bps=[500], max_reopenings=0, min_groups=3)
    alice = market.a_bidder(venue)
    drill = a_drill(venue)
    market.sweep()
    sealed = Auction.objects.get()
    market.place(alice, market.order(sealed, units=100, edge="9000"))
    market.close(sealed, travel)
    market.sweep()
    dutch = Auction.objects.get(kind=StepKind.DUTCH)
    travel(seconds=2)
    market.ready(alice, dutch, units=10)
    Readiness.objects.update(state=ReadinessState.ENDED, held=0, end_reason="nothing was left")
    Account.objects.filter(provider=alice, asset=drill.book.asset).update(held=0)
    assert Bid.objects.get().state == BidState.LOST
    market.amend(drill.book, DRILL_AMENDED)
    market.withdraw(drill.book, "enough")
    market.sweep("end_drills")
    drill.refresh_from_db()
    record = drill.records.get()
    assert (drill.state, record.quality, record.answered_at) == (
        DrillState.BROKEN_OFF,
        Quality.EXEMPT,
        Bid.objects.get().created_at,
    )


def test_what_is_taken_back_in_the_end_is_no_answer(venue, travel):
    alice, bob = market.a_bidder(venue), market.a_bidder(venue, "Bob")
    drill = a_drill(venue)
    market.sweep()
    auction = Auction.objects.get()
    for who, name in ((alice, "a1"), (bob, "b1")):
        market.place(who, market.order(auction, name, units=1, edge="20"))
    firsts = {bid.provider_id: bid for bid in Bid.objects.all()}
    travel(seconds=2)
    market.place(bob, replace(market.order(auction, "b2", units=1, edge="10"), improves="b1"))
    taken_back = firsts[alice.id]
    perform(cancel_bid, provider_id=alice.id, bid_id=taken_back.id)
    a_real_book(venue)
    market.sweep("end_drills")
    answers = dict(drill.records.values_list("provider", "answered_at"))
    assert answers == {alice.id: None, bob.id: firsts[bob.id].created_at}


def test_one_whose_settlement_stands_aside_keeps_no_other_from_ending(venue, travel):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    market.a_hasty_playbook(venue, assign="FIRST")
    market.committed(venue, cap_per_assignment="8000")
    first = a_drill(venue)
    market.sweep("route_books", "assign_lots")
    Settlement.objects.update(retry_at=clock.now() + timedelta(days=1), parked_reason="a test")
    second = a_drill(venue, market.position("ETH-PERP", "LONG", "10", "200"), reference="drill-2")
    a_real_book(venue)
    market.a_book(venue, market.position("ETH-PERP", "LONG", "1", "200"), reference="other", cash="3000")
    market.sweep("end_drills")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (DrillState.UNDER_WAY, DrillState.BROKEN_OFF)
    Settlement.objects.update(retry_at=None, parked_reason="")
    market.sweep("settle_awards", "end_drills")
    first.refresh_from_db()
    assert first.state == DrillState.BROKEN_OFF


def test_a_provider_leaves_with_bids_in_a_drill_which_goes_on_without_them(venue, travel):
    alice = market.a_bidder(venue)
    drill = a_drill(venue)
    market.sweep()
    auction = Auction.objects.get()
    market.place(alice, market.order(auction, units=100, edge="20"))
    said = {"venue_id": venue.id, "provider_id": alice.id, "asset": "USD", "reference": "out"}
    perform(move_collateral, amount=-build.provider_account(alice).posted, **said)
    assert perform(end_provider, provider=alice, reason="leaves").state == ProviderState.ENDED
    market.close(auction, travel)
    assert Bid.objects.get().state == BidState.VOID
    market.withdraw(drill.book)
    market.sweep()
    invariants.everything_ended()


def test_a_real_book_that_is_amended_into_the_group_of_a_drill_ends_it(venue):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    book = a_real_book(venue, "ETH-PERP")
    drill = a_drill(venue)
    order = BookOrder("real", (market.position("BTC-PERP", "LONG", "1", "20000"),), Decimal(3000))
    market.amend(book, order)
    market.sweep("end_drills")
    drill.refresh_from_db()
    assert (drill.state, drill.real_book) == (DrillState.BROKEN_OFF, book)


def test_a_drill_is_not_amended_into_the_group_of_a_real_book_but_into_one_that_was_left(venue):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    book = a_real_book(venue, "ETH-PERP")
    drill = a_drill(venue)
    ether = BookOrder("drill-1", (market.position("ETH-PERP", "LONG", "10", "200"),), Decimal(3000))
    with refused(AuctionRefusal.DRILL_NOT_NOW):
        market.amend(drill.book, ether)
    market.withdraw(book)
    assert market.amend(drill.book, ether).version == 2
    again = a_drill(venue, reference="drill-2")
    a_second = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="second", cash="3000")
    for each in (drill, again):
        each.refresh_from_db()
    assert (drill.real_book, again.real_book) == (None, a_second)
