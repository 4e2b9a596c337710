"""A drill goes through the market on the code path of any book, and changes nothing that is real."""

from decimal import Decimal

import pytest

from accounts.models import Account, AccountKind
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.quality import Quality
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import BookState, DrillState, SettlementState, StepKind
from auctions.models import Auction, Award, Beneficiary, Book, Drill, DrillRecord, Settlement
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Asset, Event
from tests import builders as build
from tests import invariants, market
from tests.market import a_drill, what_is_real
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


def qualities(drill):
    return {record.provider.name: record.quality for record in drill.records.select_related("provider")}


def test_a_drill_runs_to_its_close_and_leaves_all_that_is_real_as_it_was(venue, travel):
    alice, bob = market.a_bidder(venue, "Alice"), market.a_bidder(venue, "Bob")
    market.a_bidder(venue, "Charlie")
    before = what_is_real(venue)

    drill = a_drill(venue)
    market.sweep()
    auction = Auction.objects.get(kind=StepKind.SEALED)
    travel(seconds=5)
    placed = market.place(alice, market.order(auction, units=100, edge="20"))
    placed += market.place(bob, market.order(auction, "b2", units=100, edge="30"))
    assert [each.code for each in placed] == [None, None]
    market.close(auction, travel)
    invariants.hold()
    market.ended(drill.book)

    drill.refresh_from_db()
    assert drill.state == DrillState.HELD
    assert what_is_real(venue) == before
    assert qualities(drill) == {"Alice": Quality.GOOD, "Bob": Quality.GOOD, "Charlie": Quality.NONE}
    alices, charlies = (drill.records.get(provider__name=name) for name in ("Alice", "Charlie"))
    assert (alices.answer_seconds, charlies.answer_seconds) == (5, None)
    market.clean()


def test_each_is_invited_with_what_is_free_of_its_own(venue, alice):
    auction = market.an_auction(venue)
    market.place(alice, market.order(auction))
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    own = build.provider_account(alice)

    drill = a_drill(venue, market.position("ETH-PERP", "LONG", "10", "200"))

    shadow = Account.objects.get(provider=alice, asset=drill.book.asset)
    assert own.held > 0
    assert (shadow.posted, shadow.held) == (own.posted - own.held, 0)
    clearing = Account.objects.get(asset=drill.book.asset, kind=AccountKind.CLEARING)
    assert clearing.posted == -shadow.posted - 3000
    assert drill.records.get().balance == shadow.posted
    assert list(Asset.objects.values_list("code", flat=True)) == ["USD"]
    invariants.hold()


def test_commitments_take_part_and_none_of_their_capacity_is_used(venue, travel):
    market.a_hasty_playbook(venue, assign="FIRST")
    market.committed(venue, edge="50", window_capacity="20000", window_seconds=600)
    before = what_is_real(venue)
    drill = a_drill(venue)
    market.sweep("route_books", "assign_lots")
    award = Award.objects.get(beneficiary=Beneficiary.PROVIDER)
    market.run_out(drill.book, travel)
    assert (award.step.kind, award.commitment_id is not None) == (StepKind.ASSIGN, True)
    assert what_is_real(venue) == before
    assert qualities(Drill.objects.get()) == {"Alice": Quality.GOOD}
    assert drill.records.get().answered_at is None


def test_a_dutch_auction_of_a_drill_moves_no_edge_and_the_fund_takes_nothing(venue, travel):
    market.a_hasty_playbook(venue, dutch_seconds=60, uncontested_caps_bps=[500])
    alice = market.a_bidder(venue)
    drill = a_drill(venue)
    before = what_is_real(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind=StepKind.DUTCH)
    travel(seconds=20)
    market.mark_again()
    market.take(alice, auction, units=40)
    market.ready(alice, auction, units=20)
    invariants.hold()
    travel(seconds=40)
    build.a_mark(venue.instruments.get(), "20000")
    market.ended(drill.book)
    drill.refresh_from_db()
    returned = Award.objects.filter(beneficiary=Beneficiary.VENUE)
    assert not Award.objects.filter(beneficiary=Beneficiary.FUND).exists()
    assert sum(returned.values_list("units", flat=True)) == 40
    assert what_is_real(venue) == before
    assert qualities(drill) == {"Alice": Quality.POOR}


def test_no_venue_is_asked_to_confirm_what_changes_no_hands(venue, travel):
    market.a_hasty_playbook(venue, settlement_mode="CONFIRM", assign="FIRST")
    market.committed(venue)
    drill = a_drill(venue)
    market.sweep("route_books", "assign_lots")
    assert Settlement.objects.get().state == SettlementState.CONFIRMED
    market.run_out(drill.book, travel)


def test_the_same_again_is_the_same_drill_and_no_real_book(venue, alice):
    drill = a_drill(venue)
    assert a_drill(venue).id == drill.id
    with refused(AccountRefusal.REFERENCE_REUSED):
        a_drill(venue, cash="1")
    with refused(AccountRefusal.REFERENCE_REUSED):
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="drill-1", cash="3000")
    assert (Drill.objects.count(), DrillRecord.objects.count(), Book.objects.count()) == (1, 1, 1)


def test_there_is_no_drill_beside_a_book_of_its_groups(venue, alice):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    market.an_auction(venue)
    with refused(AuctionRefusal.DRILL_NOT_NOW):
        a_drill(venue)
    a_drill(venue, market.position("ETH-PERP", "LONG", "10", "200"))
    with refused(AuctionRefusal.DRILL_NOT_NOW):
        a_drill(venue, market.position("ETH-PERP", "LONG", "20", "200"), reference="drill-2")


def test_all_that_is_wrong_with_a_drill_is_told(venue):
    with refused(AuctionRefusal.BOOKS_REFUSED) as refusal:
        a_drill(venue, market.position("BTC-PERP", "LONG", "0", "20000"))
    assert [fault.pointer for fault in refusal.value.faults] == ["/positions/0/quantity"]
    assert not Asset._base_manager.filter(shadow_of__isnull=False).exists()


def test_a_drill_is_amended_and_withdrawn_like_any_book(venue, alice):
    drill = a_drill(venue)
    market.sweep()
    order = BookOrder("drill-1", (market.position("BTC-PERP", "SHORT", "2", "20000"),), Decimal(5000))
    market.amend(drill.book, order)
    market.sweep()
    invariants.hold()
    market.withdraw(drill.book, "enough")
    market.sweep()
    drill.refresh_from_db()
    assert (drill.state, drill.reason, qualities(drill)) == (
        DrillState.BROKEN_OFF,
        "the venue withdrew it",
        {"Alice": Quality.EXEMPT},
    )
    invariants.everything_ended()


def test_events_of_a_drill_say_so_to_whom_they_concern(venue, alice):
    drill = a_drill(venue)
    market.sweep()
    told = {event.kind: event for event in Event.objects.all()}
    assert told["drill_opened"].payload == {"product_groups": ("PERPS",)}
    assert told["drill_joined"].provider_id == alice.id
    assert told["book_received"].payload["drill"] is True
    assert told["auction_opened"].payload["drill"] is True
    assert drill.book.state == BookState.RECEIVED
