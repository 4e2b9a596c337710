"""Mode CONFIRM: what the venue confirms is settled; what it rejects, or forgets, gives everything back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountKind, CommitmentUse, Holding, Provider, Transfer
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import SettlementState, StepKind
from auctions.models import AtFault, Auction, Award, Settlement, Step
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.a_playbook(
        venue,
        settlement_mode="CONFIRM",
        fund_draw_limit="5000",
        fund_inventory_limit="1000000",
        mark_max_age_seconds=86400,
        max_reopenings=0,
    )
    return venue


def a_book(venue, **fields):
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", **fields)


def committed(venue):
    """Alice has the whole book, at 50 bps, and the venue's word is awaited."""
    alice = build.a_provider(venue, "Alice")
    build.a_commitment(alice, min_edge_bps="50", window_capacity="40000", window_seconds=3600)
    a_book(venue)
    market.sweep()
    return alice, Settlement.objects.get()


def confirm(venue, settlement):
    return perform(confirm_settlement, venue_id=venue.id, settlement_id=settlement.id)


def reject(venue, settlement, fault=AtFault.PROVIDER, reason="account closed"):
    return perform(reject_settlement, venue_id=venue.id, settlement_id=settlement.id, reason=reason, fault=fault)


def kinds():
    return list(Step.objects.order_by("ordinal").values_list("kind", flat=True))


def test_what_is_confirmed_settles_once(venue):
    _, settlement = committed(venue)
    assert not Transfer.objects.filter(purpose="EDGE").exists()
    for _ in range(2):
        assert confirm(venue, settlement).state == SettlementState.CONFIRMED
    market.sweep()
    assert confirm(venue, settlement).state == SettlementState.SETTLED
    assert Transfer.objects.filter(purpose="EDGE").get().amount == 200
    with refused(AuctionRefusal.SETTLEMENT_DECIDED):
        reject(venue, settlement)
    invariants.everything_ended()


def test_a_providers_fault_costs_it_and_everything_else_comes_back(venue):
    alice, settlement = committed(venue)
    lot_before = settlement.award.step.lot
    for _ in range(2):
        assert reject(venue, settlement).state == SettlementState.REJECTED
    assert Provider.objects.get(id=alice.id).faults == 1
    account = build.provider_account(alice)
    assert (account.posted, account.held) == (Decimal(1_000_000 - 200), 0), "50 bps of 40,000, once"
    assert build.venue_account(venue, AccountKind.PENALTIES).posted == 200
    assert CommitmentUse.objects.get().used == 0
    assert Holding.objects.get().quantity == 0
    lot_before.refresh_from_db()
    assert lot_before.equity_budget + lot_before.fund_held >= 200
    invariants.hold()
    market.sweep()
    assert kinds() == [StepKind.ASSIGN, StepKind.SEALED]
    auction = Auction.objects.get()
    assert (auction.units, auction.excluded_providers) == (100, (alice.id,))
    assert not auction.bids.exists(), "its commitment is not asked again"
    with refused(AuctionRefusal.SETTLEMENT_DECIDED):
        confirm(venue, settlement)


def test_a_penalty_is_at_most_what_was_held(venue):
    build.a_playbook(venue, settlement_mode="CONFIRM", mark_max_age_seconds=86400, penalty_bps="5000")
    _, settlement = committed(venue)
    held = settlement.award.collateral_held
    reject(venue, settlement)
    assert build.venue_account(venue, AccountKind.PENALTIES).posted == held == 4000
    invariants.hold()


def test_the_venues_fault_costs_nobody_and_the_provider_may_take_part_again(venue):
    alice, settlement = committed(venue)
    reject(venue, settlement, AtFault.VENUE)
    assert Provider.objects.get(id=alice.id).faults == 0
    assert build.provider_account(alice).free == 1_000_000
    market.sweep()
    assert Auction.objects.get().excluded_providers == ()
    assert Auction.objects.get().bids.get().max_units == 100
    invariants.hold()


def test_the_time_for_confirming_ends_at_its_last_instant(venue, travel):
    alice, settlement = committed(venue)
    travel.to(settlement.confirm_by - timedelta(microseconds=1))
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert settlement.state == SettlementState.AWAITING
    travel.to(settlement.confirm_by)
    with refused(AuctionRefusal.SETTLEMENT_EXPIRED):
        confirm(venue, settlement)
    with refused(AuctionRefusal.SETTLEMENT_EXPIRED):
        reject(venue, settlement)
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert (settlement.state, settlement.fault) == (SettlementState.EXPIRED, AtFault.VENUE)
    assert build.provider_account(alice).free == 1_000_000
    invariants.hold()


def test_a_settlement_is_its_venues_and_a_rejection_says_why(venue):
    _, settlement = committed(venue)
    with refused(AccountRefusal.SETTLEMENT_UNKNOWN):
        confirm(build.a_venue(), settlement)
    with refused(AccountRefusal.REASON_MISSING):
        reject(venue, settlement, reason=" ")


def dutch(travel):
    """On to a Dutch auction that is open for ten seconds."""
    travel(seconds=30)
    market.sweep()
    travel(seconds=10)
    return Auction.objects.get(kind="DUTCH", state="OPEN")


def take(provider, auction, name, units):
    return market.take(provider, auction, name, units, edge_floor_bps=Decimal(0))


@pytest.mark.parametrize("fault", [AtFault.PROVIDER, AtFault.VENUE])
def test_units_rejected_out_of_the_dutch_auction_get_one_more_and_then_the_fund(venue, travel, fault):
    alice = build.a_provider(venue, "Alice")
    build.a_provider(venue, "Bob")
    a_book(venue)
    market.sweep()
    take(alice, dutch(travel), "t1", 100)
    reject(venue, Settlement.objects.get(), fault)
    market.sweep()
    assert kinds() == [StepKind.ASSIGN, StepKind.SEALED, StepKind.DUTCH, StepKind.DUTCH]
    bob = Provider.objects.get(name="Bob")
    travel(seconds=10)
    take(bob, Auction.objects.get(state="OPEN"), "t1", 100)
    reject(venue, Settlement.objects.get(state="AWAITING"), fault)
    market.sweep()
    assert kinds()[4:] == [StepKind.FUND]
    invariants.everything_ended()


def test_an_award_may_span_what_came_back_and_what_was_never_given(venue, travel):
    alice, bob, carol = (build.a_provider(venue, name) for name in ("Alice", "Bob", "Carol"))
    a_book(venue)
    market.sweep()
    auction = dutch(travel)
    for who, name in ((alice, "t1"), (bob, "t1"), (alice, "t2"), (bob, "t2")):
        take(who, auction, name, 10)
    for settlement in Settlement.objects.filter(award__provider=alice):
        reject(venue, settlement)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        take(alice, auction, "t3", 1)
    take(carol, auction, "t1", 60)
    mine = Award.objects.filter(provider=carol).order_by("first_unit")
    assert [(a.first_unit, a.units) for a in mine] == [(0, 10), (20, 10), (40, 40)]
    invariants.hold()
    for settlement in Settlement.objects.filter(state="AWAITING"):
        confirm(venue, settlement)
    market.sweep()
    travel(seconds=60)
    market.sweep()
    assert Step.objects.filter(kind="DUTCH").earliest("ordinal").units_placed == 80
    for _ in range(4):
        travel(seconds=100)
        market.sweep()
    invariants.everything_ended()


def test_whoever_joins_the_owners_group_after_the_opening_takes_nothing(venue, travel):
    owner = build.a_group(venue, "Owner")
    build.a_provider(venue, "Alice")
    a_book(venue, owner_group="Owner")
    market.sweep()
    auction = dutch(travel)
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        take(build.a_provider(venue, "Late", group=owner), auction, "t1", 1)


def test_a_venue_that_never_confirms_gets_everything_back_in_the_end(venue, travel):
    committed(venue)
    for _ in range(60):
        travel(seconds=40)
        market.sweep()
    invariants.everything_ended()
    assert {s.state for s in Settlement.objects.filter(award__beneficiary="PROVIDER")} == {SettlementState.EXPIRED}
