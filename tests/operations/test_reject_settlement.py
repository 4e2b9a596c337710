"""Mode CONFIRM: what the venue rejects gives everything back, at the cost of whose fault it was."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.desks.journal import Journal
from accounts.models import AccountKind, CommitmentUse, Holding, Provider, Purpose
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import SettlementState, StepKind
from auctions.models import AtFault, Auction, Award, Settlement, Step
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import a_plain_book, awaited, confirm, kinds_of_steps, on_to_dutch, reject
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


def came_in(*, venue, fees, tranche):
    kinds = (AccountKind.CLEARING, AccountKind.FEES, AccountKind.FIRST_TRANCHE)
    clearing, *own = (build.venue_account(venue, kind).id for kind in kinds)
    journal = Journal.opened([clearing, *own])
    for account, amount in zip(own, (fees, tranche), strict=True):
        journal.move(clearing, account, Decimal(amount), Purpose.FUNDING, uuid4())
    journal.write()


def test_a_providers_fault_keeps_its_collateral_and_everything_else_comes_back(venue):
    alice, settlement = awaited(venue)
    lot_before = settlement.award.step.lot
    for _ in range(2):
        assert reject(venue, settlement).state == SettlementState.REJECTED
    assert Provider.objects.get(id=alice.id).faults == 0, "it counts once it stands"
    account = build.provider_account(alice)
    assert (account.posted, account.held) == (1_000_000, 4000), "kept until that is decided"
    assert CommitmentUse.objects.get().used == 0
    assert Holding.objects.get().quantity == 0
    lot_before.refresh_from_db()
    assert lot_before.equity_budget >= 200
    invariants.hold()
    market.sweep()
    assert kinds_of_steps() == [StepKind.ASSIGN, StepKind.SEALED]
    auction = Auction.objects.get()
    assert (auction.units, auction.excluded_providers) == (100, (alice.id,))
    assert not auction.bids.exists(), "its commitment is not asked again"
    with refused(AuctionRefusal.SETTLEMENT_DECIDED):
        confirm(venue, settlement)


def test_the_venues_fault_costs_it_a_little_and_the_provider_may_take_part_again(venue):
    alice, settlement = awaited(venue)
    perform(came_in, venue=venue, fees=25, tranche=100)
    reject(venue, settlement, AtFault.VENUE)
    assert Provider.objects.get(id=alice.id).faults == 0
    assert build.provider_account(alice).free == 1_000_040, "10 bps of 40,000: the fees first"
    left = [build.venue_account(venue, kind).posted for kind in ("FEES", "FIRST_TRANCHE")]
    assert left == [0, 85]
    market.sweep()
    assert Auction.objects.get().excluded_providers == ()
    assert Auction.objects.get().bids.get().max_units == 100
    invariants.hold()


def test_a_settlement_is_its_venues_and_a_rejection_says_why(venue):
    _, settlement = awaited(venue)
    with refused(AccountRefusal.SETTLEMENT_UNKNOWN):
        confirm(build.a_venue(), settlement)
    with refused(AccountRefusal.REASON_MISSING):
        reject(venue, settlement, reason=" ")


def test_an_award_may_span_what_came_back_and_what_was_never_given(venue, travel):
    alice, bob, carol = (build.a_provider(venue, name) for name in ("Alice", "Bob", "Carol"))
    a_plain_book(venue)
    market.sweep()
    auction = on_to_dutch(travel)
    for who, name in ((alice, "t1"), (bob, "t1"), (alice, "t2"), (bob, "t2")):
        market.take(who, auction, name, 10, floor="0")
    for settlement in Settlement.objects.filter(award__provider=alice):
        reject(venue, settlement)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        market.take(alice, auction, "t3", 1, floor="0")
    travel(seconds=1)
    market.take(carol, auction, "t1", 60, floor="0")
    mine = Award.objects.filter(provider=carol).order_by("first_unit")
    assert [(a.first_unit, a.units) for a in mine] == [(0, 10), (20, 10), (40, 40)]
    invariants.hold()
    for settlement in Settlement.objects.filter(state="AWAITING"):
        confirm(venue, settlement)
    market.sweep()
    travel(seconds=60)
    market.sweep()
    assert Step.objects.filter(kind="DUTCH").earliest("ordinal").units_placed == 80
    for seconds in (100, 100, 100, 100, 3600):
        travel(seconds=seconds)
        market.sweep()
    invariants.everything_ended()


def test_what_comes_back_again_and_again_within_an_auction_is_in_its_chain(venue, travel):
    alice, bob, carol, dave = (build.a_provider(venue, name) for name in ("Alice", "Bob", "Carol", "Dave"))
    a_plain_book(venue)
    market.sweep()
    auction = on_to_dutch(travel)
    for who in (alice, bob):
        market.take(who, auction, "t1", 10, floor="0")
        reject(venue, Settlement.objects.get(award__provider=who))
        travel(seconds=1)
    for who, units in ((carol, 5), (dave, 75)):
        market.take(who, auction, "t1", units, floor="0")
        travel(seconds=1)
    mine = [(award.first_unit, award.units) for award in Award.objects.order_by("created_at", "first_unit")]
    assert mine == [(0, 10), (0, 10), (0, 5), (5, 75)]
    invariants.hold()
    reject(venue, Settlement.objects.get(award__provider=carol))
    confirm(venue, Settlement.objects.get(award__provider=dave))
    market.sweep()
    for seconds in (60, 100, 100, 100, 3600):
        travel(seconds=seconds)
        market.sweep()
    invariants.everything_ended()
