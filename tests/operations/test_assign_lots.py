"""Assignment: what standing commitments take of a lot at once, at which edge, and who is left out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.operations.commitments.suspend_commitment import suspend_commitment
from auctions.desks.seals import load_seals
from auctions.lifecycle import StepState
from auctions.models import Auction, Award, Bid, Step
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.rules.sealing import Offer
from auctions.tasks import run_stage
from backstop.models import Instrument, Mark
from tests import builders as build
from tests import invariants, market
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue)
    return venue


def a_playbook(venue, **fields):
    return build.a_playbook(
        venue, **{"fund_draw_limit": "5000", "mark_max_age_seconds": 60, "cover_percent": 0, **fields}
    )


def committed(venue, name="Alice", edge="50", group=None, **terms):
    provider = build.a_provider(venue, name, group=group)
    return build.a_commitment(provider, min_edge_bps=edge, **terms)


def assigned(venue, *positions, cash="3000", **fields):
    """Who got how many of 100 units (of 400 each unless said otherwise) at which edge."""
    positions = positions or (market.position("BTC-PERP", "LONG", "2", "20000"),)
    market.a_book(venue, *positions, cash=cash, **fields)
    market.sweep("route_books", "assign_lots")
    invariants.hold()
    return {(a.provider.name, a.units, a.edge_bps) for a in Award.objects.all()}


@pytest.mark.parametrize(("edge", "taken"), [("150", True), ("150.0001", False)])
def test_a_single_committed_group_is_paid_at_most_the_uncontested_cap(venue, edge, taken):
    committed(venue, edge=edge)
    committed(venue, "Twin", edge="199", group=build.a_group(venue, "Alice"))
    assert assigned(venue) == ({("Alice", 100, Decimal(edge))} if taken else set())


@pytest.mark.parametrize(("edge", "units"), [("200", 50), ("200.0001", 0)])
def test_in_competition_the_cap_is_the_playbooks(venue, edge, units):
    committed(venue, "Alice", "100", cap_per_assignment="20000")
    committed(venue, "Bob", edge)
    expected = {("Alice", 50, Decimal(100))} if not units else {(n, 50, Decimal(edge)) for n in ("Alice", "Bob")}
    assert assigned(venue) == expected


@pytest.mark.parametrize(("cash", "units"), [("720", 100), ("719.99", 0)])
def test_the_edge_is_at_most_what_the_lot_affords(venue, cash, units):
    a_playbook(venue, fund_draw_limit="0", min_groups=1)
    committed(venue, edge="180")  # 720 of 40,000
    assert sum(taken for _, taken, _ in assigned(venue, cash=cash)) == units


def test_all_are_paid_the_marginal_edge(venue):
    for name, edge in (("Alice", "20"), ("Bob", "70"), ("Charlie", "71")):
        committed(venue, name, edge, cap_per_assignment="20000")
    assert assigned(venue) == {("Alice", 50, Decimal(70)), ("Bob", 50, Decimal(70))}


def test_equal_edges_share_by_what_they_offer(venue):
    for name, cap in (("Alice", "40000"), ("Bob", "20000"), ("Charlie", "20000")):
        committed(venue, name, cap_per_assignment=cap)
    assert assigned(venue) == {("Alice", 50, Decimal(50)), ("Bob", 25, Decimal(50)), ("Charlie", 25, Decimal(50))}


def given_to_alice():
    return sum(Award.objects.filter(provider__name="Alice").values_list("notional", flat=True))


def test_a_cap_per_assignment_counts_for_the_book_and_not_for_each_step(venue, travel):
    """60,000 of 120,000 at once; its firm bid in the sealed auction would be for 60,000 more."""
    a_playbook(venue, max_reopenings=0)
    committed(venue, cap_per_assignment="60000")
    assert assigned(venue, market.position("BTC-PERP", "LONG", "6", "20000")) == {("Alice", 50, Decimal(50))}
    market.sweep()
    auction = Auction.objects.get()
    assert not auction.bids.exists()
    market.close(auction, travel)
    assert given_to_alice() == 60_000


@pytest.mark.parametrize(("cap", "given"), [("59999", 59_000), ("60000", 60_000), ("90000", 90_000)])
def test_a_cap_per_assignment_counts_for_all_lots_of_a_book(venue, cap, given):
    """Two lots of 60,000, a hundredth of which is a unit, of two product groups."""
    build.an_instrument(venue, "ETH-PERP", price="2000", product_group="ALTS")
    committed(venue, cap_per_assignment=cap)
    a_playbook(venue, units_per_lot=60)
    legs = market.position("BTC-PERP", "LONG", "3", "20000"), market.position("ETH-PERP", "LONG", "30", "2000")
    assigned(venue, *legs)
    assert given_to_alice() == given


def test_a_cap_per_assignment_is_a_product_groups_where_that_says_so(venue):
    build.an_instrument(venue, "ETH-PERP", price="2000", product_group="ALTS")
    wide = committed(venue, cap_per_assignment="60000")
    group = Instrument.objects.get(symbol="ETH-PERP").product_group
    build.a_commitment(wide.provider, product_group=group, cap_per_assignment="30000")
    legs = market.position("BTC-PERP", "LONG", "3", "20000"), market.position("ETH-PERP", "LONG", "30", "2000")
    assigned(venue, *legs)
    assert given_to_alice() == 90_000


def test_another_book_has_a_cap_per_assignment_of_its_own(venue):
    committed(venue, cap_per_assignment="20000")
    for reference in ("book-1", "book-2"):
        assigned(venue, reference=reference)
    assert given_to_alice() == 40_000


def two_legs(venue, other="LONG"):
    return market.position("BTC-PERP", "LONG", "1", "20000"), market.position("ETH-PERP", other, "10", "2000")


def test_a_commitment_that_covers_one_leg_only_takes_nothing_of_the_lot(venue):
    ether = build.an_instrument(venue, "ETH-PERP", price="2000")
    committed(venue, "Alice", instrument=Instrument.objects.get(symbol="BTC-PERP"))
    committed(venue, "Bob", instrument=ether)
    committed(venue, "Charlie")
    assert {name for name, _, _ in assigned(venue, *two_legs(venue))} == {"Charlie"}


@pytest.mark.parametrize(
    ("sides", "other", "taken"),
    [("LONG", "LONG", True), ("LONG", "SHORT", False), ("SHORT", "SHORT", False), ("BOTH", "SHORT", True)],
)
def test_a_commitment_must_take_the_side_of_every_leg(venue, sides, other, taken):
    build.an_instrument(venue, "ETH-PERP", price="2000")
    committed(venue, sides=sides)
    assert bool(assigned(venue, *two_legs(venue, other))) == taken


def test_who_is_suspended_takes_nothing(venue):
    perform(suspend_commitment, commitment_id=committed(venue, "Alice").id, reason="a test")
    perform(suspend_provider, provider=committed(venue, "Bob").provider, reason="a test")
    assert assigned(venue) == set()


@pytest.mark.parametrize(("day", "calendar", "taken"), [
    (6, "WEEKEND", True), (6, "WEEKDAY", False), (7, "WEEKEND", False), (7, "WEEKDAY", True),
])  # fmt: skip
def test_a_calendar_says_on_which_days_a_commitment_stands(venue, travel, day, calendar, taken):
    travel.to(datetime(2030, 1, 1, tzinfo=UTC))
    committed(venue, calendar=calendar)
    travel.to(datetime(2030, 1, day, tzinfo=UTC))  # the 6th is a Sunday
    build.a_mark(Instrument.objects.get(), "20000")
    assert bool(assigned(venue)) == taken


def test_the_owners_group_and_those_related_to_it_take_nothing(venue):
    owner = build.a_group(venue, "Owner")
    committed(venue, "Own", "10", group=owner)
    committed(venue, "Cousin", "10", group=build.a_group(venue, "Cousin", related=[owner]))
    committed(venue, "Alice")
    assert assigned(venue, owner_group="Owner") == {("Alice", 100, Decimal(50))}


def test_without_fresh_marks_the_step_waits_and_is_carried_out_once_there_are(venue, travel):
    committed(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    run_stage("route_books")
    travel(seconds=61)
    market.sweep("assign_lots")
    assert (Step.objects.get().state, Award.objects.count()) == (StepState.READY, 0)
    build.a_mark(Mark.objects.get().instrument, "20000")
    travel(seconds=1)
    market.sweep("assign_lots")
    assert (Step.objects.get().state, Award.objects.count()) == (StepState.SETTLING, 1)


def test_without_fresh_marks_the_step_passes_after_the_longest_halt(venue, travel):
    committed(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    run_stage("route_books")
    step = Step.objects.get()
    travel.to(step.created_at + timedelta(seconds=300) - timedelta(microseconds=1))
    market.sweep("assign_lots")
    step.refresh_from_db()
    assert step.state == StepState.READY
    travel(seconds=2)
    market.sweep("assign_lots")
    step.refresh_from_db()
    assert (step.state, Award.objects.count()) == (StepState.SETTLING, 0)


def test_what_a_commitment_has_left_stands_in_the_sealed_auction_as_a_firm_bid(venue):
    commitment = committed(venue, "Alice", "60", window_capacity="30000", window_seconds=3600)
    dear = committed(venue, "Bob", "250", cap_per_assignment="8000")
    a_playbook(venue, units_per_lot=100)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    assert [(a.commitment, a.units, a.edge_bps) for a in Award.objects.all()] == [(commitment, 75, Decimal(60))]
    auction = Auction.objects.get()
    (bid,) = Bid.objects.all()
    assert (auction.units, bid.commitment, bid.units, bid.max_units) == (25, dear, None, 20)
    assert load_seals([auction.id])[auction.id].open(bid) == Offer(20, Decimal(250))
    assert (bid.state, bid.max_pay_bps) == ("LIVE", 0)
    assert build.provider_account(dear.provider).held == bid.held == 0, "what it can pay is judged at the close"
    invariants.hold()


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a")])
def test_of_one_batch_whoever_came_first_is_served_first_and_of_those_that_came_together_by_reference(
    venue, travel, names
):
    """Ids are random, and locks are taken by them; capacity goes by arrival."""
    travel.freeze()
    committed(venue, window_capacity="100000", window_seconds=3600)
    last, *together = names
    for name in together:
        market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=name)
    travel(microseconds=1)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=last)
    market.sweep("route_books", "assign_lots")
    units = dict(Award.objects.values_list("step__lot__book__reference", "units"))
    first, second = sorted(together)
    assert units == {first: 100, second: 100, last: 50}
