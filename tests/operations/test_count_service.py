"""Service: days are counted exactly, months paid out of fees; what is only promised earns nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountKind, Commitment, FreeCollateral, HeldQuantity, Provider
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from auctions.lifecycle import StepKind
from auctions.models import Auction, Award, Book, FeeSchedule, ServiceAnswer, ServiceDay, ServiceScore, ServiceStatement
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.set_fee_schedule import set_fee_schedule
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.cancel_bid import cancel_bid
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.operations.test_set_exposure_limit import limit
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY = (datetime(2027, month, day, tzinfo=UTC) for month, day in ((3, 31), (4, 1), (5, 1)))
A_DAY = 86_400
D = Decimal
TERMS = {
    "standby_rate_bps": Decimal(1),
    "budget": Decimal(1000),
    "rebate_bps": Decimal(2),
    "min_presence": Decimal("0.5"),
    "min_answers": Decimal("0.5"),
}


def schedule(venue, **terms) -> FeeSchedule:
    said = {"product_group": "PERPS", "asset": "USD", "reason": "a test", **TERMS, **terms}
    return perform(set_fee_schedule, venue_id=venue.id, **said)


@pytest.fixture
def venue(travel):
    """At the end of March, with a schedule from April on; a book of 20,000 brings a fee of 100."""
    travel.to(MARCH)
    venue = market.a_market(travel)
    market.a_playbook(venue, liquidation_fee_bps="50", assign_cap_bps="100", max_reopenings=0, max_waterfall_seconds=0)
    schedule(venue)
    return venue


def sold(venue, travel, at=APRIL + timedelta(days=9), reference="book-1") -> Book:
    """A bitcoin is sold, at 20,000, to whoever has promised to take it."""
    travel.to(at)
    market.mark_again()
    return market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "18500"), reference=reference))


def counted(travel, until=MAY) -> None:
    travel.to(until + timedelta(minutes=5))
    market.sweep("count_service")
    invariants.hold()
    tells_everything()


def score(provider, day=APRIL) -> ServiceScore:
    return ServiceScore.objects.get(provider=provider, day__day=day.date())


def statement(provider) -> ServiceStatement:
    return ServiceStatement.objects.get(provider=provider)


def fees(venue) -> Decimal:
    return build.venue_account(venue, AccountKind.FEES).posted


# Days


def test_a_day_is_counted_once_some_minutes_after_it_is_over(venue, travel) -> None:
    alice = market.committed(venue, "50")
    travel.to(APRIL + timedelta(days=1, minutes=5, microseconds=-1))
    market.sweep("count_service")
    assert not ServiceScore.objects.exists(), "March has no schedule, and April's first day may still be written of"
    travel(microseconds=1)
    assert market.sweep("count_service") == 1
    assert market.sweep("count_service") == 0
    assert (score(alice).present_seconds, score(alice).capacity) == (A_DAY, 10_000_000), "1,000,000 at a margin of 0.1"
    assert [day.counted_at is None for day in ServiceDay.objects.order_by("day")] == [False, False, True]


def test_money_counts_from_the_instant_at_which_it_is_there(venue, travel) -> None:
    alice = build.a_provider(venue, collateral="0")
    build.a_commitment(alice, min_edge_bps="50")
    travel.to(APRIL + timedelta(hours=6))
    build.pay_in(alice, "1000")
    travel.to(APRIL + timedelta(hours=12))
    build.pay_in(alice, "-400")
    travel.to(APRIL + timedelta(hours=18))
    build.pay_in(alice, "-600")
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY / 2
    assert score(alice).capacity == (10_000 + 6_000) / 4
    notes = FreeCollateral.objects.order_by("id").values_list("was", "free")
    assert list(notes) == [(0, 1000), (1000, 600), (600, 0)]


def test_what_changes_again_within_a_second_is_noted_with_it_and_the_least_counts_for_it(venue, travel) -> None:
    alice = build.a_provider(venue, collateral="0")
    build.a_commitment(alice, min_edge_bps="50")
    noon = APRIL + timedelta(hours=12)
    for at, amount in ((0, "1000"), (0.999999, "-400"), (0.999999, "3000"), (1, "-2600")):
        travel.to(noon + timedelta(seconds=at))
        build.pay_in(alice, amount)
    notes = FreeCollateral.objects.order_by("id").values_list("was", "least_free", "free")
    assert list(notes) == [(0, 600, 3600), (3600, None, 1000)], "at the end of the second it is another one"
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY / 2
    assert score(alice).capacity == Decimal("4999.953703"), "6,000 for a second, then 10,000, rounded down"


def test_what_is_free_is_noted_only_where_service_is_paid_and_for_62_days_after_that(venue, travel) -> None:
    alice = build.a_provider(venue, collateral="0")
    build.a_commitment(alice, min_edge_bps="50")
    nothing = {"standby_rate_bps": Decimal(0), "rebate_bps": Decimal(0)}
    schedule(venue, **nothing, effective_at=MAY)
    for at in (MAY + timedelta(days=62, microseconds=-1), MAY + timedelta(days=62)):
        travel.to(at)
        build.pay_in(alice, "1")
    assert [note.free for note in FreeCollateral.objects.all()] == [1]
    travel(seconds=1)
    schedule(venue)
    build.pay_in(alice, "1")
    assert [note.was for note in FreeCollateral.objects.order_by("id")] == [0, 2], "it is paid again"
    invariants.hold()


def test_a_schedule_that_pays_nothing_ends_service(venue, travel) -> None:
    alice = market.committed(venue, "50")
    schedule(venue, standby_rate_bps=Decimal(0), rebate_bps=Decimal(0), effective_at=MAY)
    counted(travel, MAY + timedelta(days=2))
    assert {row.schedule.version for row in ServiceScore.objects.filter(provider=alice)} == {1}
    assert ServiceScore.objects.count() == 30


def test_what_was_free_is_forgotten_when_its_month_and_the_next_are_stated(venue, travel) -> None:
    alice = market.committed(venue, "50")
    travel.to(APRIL + timedelta(hours=1))
    build.pay_in(alice, "1000")
    market.report_held(alice, "BTC-PERP", "1", included=0)
    counted(travel, APRIL + timedelta(days=62, hours=23))
    assert (FreeCollateral.objects.count(), HeldQuantity.objects.count()) == (1, 1)
    counted(travel, APRIL + timedelta(days=64))
    assert not FreeCollateral.objects.exists()
    assert not HeldQuantity.objects.exists()
    assert (
        ServiceScore.objects.filter(day__day__gte=MAY.date()).values_list("capacity", flat=True).distinct().count() == 1
    )


@pytest.mark.parametrize("whose", ["commitment", "provider", "venue", "product group"])
def test_what_is_suspended_or_halted_is_not_there_meanwhile(venue, travel, whose) -> None:
    alice = market.committed(venue, "50")
    commitment = Commitment.objects.get()
    group = "PERPS" if whose == "product group" else None
    travel.to(APRIL + timedelta(hours=1))
    match whose:
        case "commitment":
            perform(suspend_commitment, commitment_id=commitment.id, reason="a test")
        case "provider":
            perform(suspend_provider, provider=alice, reason="a test")
        case _:
            perform(set_breaker, venue_id=venue.id, product_group=group, level=3, reason="a test")
    travel.to(APRIL + timedelta(hours=3))
    match whose:
        case "commitment":
            perform(resume_commitment, commitment_id=commitment.id)
        case "provider":
            perform(resume_provider, provider=Provider.objects.get(), reason="a test")
        case _:
            perform(set_breaker, venue_id=venue.id, product_group=group, level=2, reason="a test")
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY - 7200
    assert score(alice).capacity == Decimal("9166666.666666"), "22 hours of 10,000,000, rounded down"


def test_what_is_held_for_a_bid_stands_ready_for_nothing_else(venue, travel) -> None:
    alice = market.a_bidder(venue)
    build.a_commitment(alice, min_edge_bps="50", sides="SHORT")
    travel.to(APRIL)
    market.mark_again()
    auction = market.an_auction(venue)
    market.place(alice, market.order(auction, units=100, edge="90"))
    held = build.provider_account(alice).held
    assert held > 0
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).capacity == (1_000_000 - held) * 10


def test_what_was_held_under_a_cap_left_nothing_of_it_until_it_went(venue, travel) -> None:
    """A bitcoin is worth 20,000, as much as the cap: a little less leaves room for that."""
    alice = market.committed(venue, "50", cap_held="20000")
    market.report_held(alice, "BTC-PERP", "-1", included=0)
    travel.to(APRIL + timedelta(hours=12))
    market.report_held(alice, "BTC-PERP", "0", included=0)
    travel.to(APRIL + timedelta(hours=18))
    market.report_held(alice, "BTC-PERP", "0.5", included=0)
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY / 2
    assert score(alice).capacity == (20_000 + 10_000) / 4
    assert list(HeldQuantity.objects.order_by("id").values_list("was", "quantity")) == [(0, 1), (1, 0), (0, D("0.5"))]


def test_of_what_is_held_the_most_counts_where_it_changes_again_within_a_second(venue, travel) -> None:
    alice = market.committed(venue, "50", cap_held="20000")
    for at, quantity in ((0, "0.4"), (0.5, "1"), (0.999999, "0"), (1, "0.5")):
        travel.to(APRIL + timedelta(seconds=at))
        market.report_held(alice, "BTC-PERP", quantity, included=0)
    notes = HeldQuantity.objects.order_by("id").values_list("was", "most", "quantity")
    assert list(notes) == [(0, 1, 0), (0, None, D("0.5"))], "at the end of the second it is another one"
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY - 1
    assert score(alice).capacity == D("9999.884259"), "10,000 but for a second, rounded down"


def test_what_is_held_elsewhere_leaves_a_cap_of_an_instrument_alone(venue, travel) -> None:
    alice, bitcoin = build.a_provider(venue), venue.instruments.get(symbol="BTC-PERP")
    other = build.an_instrument(venue, "SOL-PERP", product_group="PERPS", price="200")
    for instrument, cap in ((bitcoin, "20000"), (other, "200")):
        build.a_commitment(alice, instrument=instrument, cap_held=cap)
    market.report_held(alice, "SOL-PERP", "-1", included=0)
    travel.to(APRIL + timedelta(days=1, minutes=4))
    market.report_held(alice, "BTC-PERP", "1", included=0)
    counted(travel, APRIL + timedelta(days=1))
    assert (score(alice).present_seconds, score(alice).capacity) == (A_DAY, 20_000), "what came later counts for later"


# Months


def test_a_month_of_standing_ready_is_paid_out_of_fees(venue, travel) -> None:
    alice = market.committed(venue, "50")
    sold(venue, travel)
    before = build.provider_account(alice).posted
    counted(travel)
    paid = statement(alice)
    assert (paid.grade, paid.active) == ("EXEMPT", True)
    assert paid.present_seconds == paid.seconds == 30 * A_DAY
    days = ServiceScore.objects.filter(provider=alice)
    assert len(days) == 30
    earned = sum(day.capacity for day in days) * 1 / (10_000 * 365)
    assert paid.standby_due == paid.standby_paid == round(earned - Decimal("0.0000005"), 6)
    assert 82 < paid.standby_paid < Decimal("82.191781"), "10,000,000 less the margin of what it took"
    assert paid.rebates_due == paid.rebates_paid == 4, "2 bps of 20,000"
    assert fees(venue) == 100 - paid.standby_paid - 4
    assert build.provider_account(alice).posted == before + paid.standby_paid + 4


def test_the_budget_is_shared_and_so_are_the_fees_where_they_do_not_suffice(venue, travel) -> None:
    schedule(venue, budget=Decimal(30), rebate_bps=Decimal(0))
    providers = [build.a_provider(venue, name, collateral=money) for name, money in (("A", "1000000"), ("B", "500000"))]
    for provider in providers:
        build.a_commitment(provider, min_edge_bps="100", sides="SHORT")
    committed = market.committed(venue, "0", "C", cap_per_assignment="20000")
    sold(venue, travel)
    counted(travel)
    shares = {row.provider.name: row.standby_paid for row in ServiceStatement.objects.all()}
    assert sum(shares.values()) == 30
    assert shares["A"] == pytest.approx(2 * shares["B"], abs=Decimal("0.000001"))
    assert shares[committed.name] < shares["B"], "it counts up to its cap alone"


def test_nothing_is_paid_for_a_month_in_which_nothing_was_for_sale(venue, travel) -> None:
    alice = market.committed(venue, "50")
    counted(travel)
    nothing = statement(alice)
    assert (nothing.grade, nothing.active, nothing.standby_paid) == ("EXEMPT", False, 0)
    assert nothing.standby_due > 0


def test_whoever_stood_too_little_is_paid_nothing_and_exactly_enough_is_enough(venue, travel) -> None:
    build.a_commitment(build.a_provider(venue, "Taker"), min_edge_bps="0", cap_per_assignment="20000")
    half = APRIL + timedelta(days=15)
    for name, ends_at in (("Enough", half), ("Less", half - timedelta(microseconds=1))):
        build.a_commitment(build.a_provider(venue, name), min_edge_bps="50", sides="SHORT", ends_at=ends_at)
    sold(venue, travel)
    counted(travel)
    enough, less = (statement(Provider.objects.get(name=name)) for name in ("Enough", "Less"))
    assert (enough.grade, less.grade) == ("EXEMPT", "POOR")
    assert enough.standby_paid > 0 == less.standby_paid


def test_a_schedule_pays_for_its_own_months_alone(venue, travel) -> None:
    market.committed(venue, "50")
    counted(travel, APRIL)
    assert not ServiceStatement.objects.exists()


# What earns nothing


@pytest.mark.parametrize(
    "terms",
    [
        {"min_edge_bps": "100.0001"},
        {"min_edge_bps": "50", "cap_per_assignment": "0"},
        {"min_edge_bps": "50", "cap_held": "0"},
        {"min_edge_bps": "50", "window_capacity": "0", "window_seconds": 3600},
        {"min_edge_bps": "50", "calendar": "WEEKEND"},
    ],
    ids=["at the reserve", "capped", "capped held", "no window", "on another day"],
)
def test_phantom_commitments_are_not_there(venue, travel, terms) -> None:
    alice = build.a_provider(venue)
    build.a_commitment(alice, **terms)
    counted(travel, APRIL + timedelta(days=1))
    assert (score(alice).present_seconds, score(alice).capacity) == (0, 0)


@pytest.mark.parametrize(("has", "seconds"), [("0", 0), ("0.000001", A_DAY)])
def test_who_has_nothing_is_not_there_however_much_it_promises(venue, travel, has, seconds) -> None:
    alice = build.a_provider(venue, collateral=has)
    build.a_commitment(alice)
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == seconds
    assert score(alice).capacity <= Decimal(has) * 100


def test_a_commitment_that_is_withdrawn_before_a_book_comes_earns_nothing_of_it(venue, travel) -> None:
    """It was there until then, and is paid for that alone: by no rebate, and asked for nothing."""
    alice, bob = market.committed(venue, "20"), market.committed(venue, "50", name="Bob")
    travel.to(APRIL + timedelta(hours=12) - timedelta(microseconds=1))
    perform(suspend_commitment, commitment_id=Commitment.objects.get(provider=alice).id, reason="a book comes")
    sold(venue, travel, at=APRIL + timedelta(hours=12))
    counted(travel)
    assert score(alice).present_seconds == A_DAY // 2 - Decimal("0.000001")
    assert (statement(alice).rebates_due, statement(bob).rebates_due) == (0, 4)


def test_who_sells_to_a_firm_of_its_own_is_given_nothing_and_no_rebate(venue, travel) -> None:
    owner = build.a_group(venue, "Owner")
    alice = market.committed(venue, "0")
    build.relate(alice.group, owner)
    travel.to(APRIL + timedelta(days=9))
    market.mark_again()
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "18500"), owner_group="Owner")
    market.sweep()
    assert not Award.objects.exists()
    counted(travel)
    assert statement(alice).rebates_due == 0


def test_a_commitment_exactly_at_the_edge_is_there(venue, travel) -> None:
    alice = market.committed(venue, "100")
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY


def test_a_farm_of_commitments_counts_its_money_once(venue, travel) -> None:
    """One for the venue, one for each group, one for each instrument: together what one would be."""
    other = build.an_instrument(venue, "SOL-PERP", product_group="ALTS", price="200")
    schedule(venue, product_group="ALTS")
    alice = build.a_provider(venue)
    build.a_commitment(alice)
    for each in (venue.instruments.get(symbol="BTC-PERP"), other):
        build.a_commitment(alice, product_group=each.product_group)
        build.a_commitment(alice, instrument=each)
    counted(travel, APRIL + timedelta(days=1))
    scores = ServiceScore.objects.filter(provider=alice)
    assert sorted(row.capacity for row in scores) == [0, 10_000_000]
    assert [row.present_seconds for row in scores] == [A_DAY, A_DAY], "it stands ready in both, to be taken in one"


def test_a_window_that_is_used_up_is_not_there_until_it_is_over(venue, travel) -> None:
    alice = market.committed(venue, "50", window_capacity="20000", window_seconds=3600)
    sold(venue, travel, at=APRIL)
    counted(travel, APRIL + timedelta(days=1))
    assert score(alice).present_seconds == A_DAY - 3600
    assert score(alice).capacity == Decimal("19166.666666"), "20,000, but for an hour"


def asked(venue, travel, **playbook) -> Auction:
    """A sealed auction of a long, of which commitments are given nothing at once."""
    once = {"assign": "FIRST", "assign_cap_bps": "10", "max_reopenings": 0, "max_waterfall_seconds": 0}
    market.a_playbook(venue, **once, **playbook)
    travel.to(APRIL + timedelta(hours=1))
    market.mark_again()
    return market.an_auction(venue)


def let_end(auction, travel) -> None:
    for _ in range(4):
        travel(seconds=61)
        market.mark_again()
        market.sweep()
    assert Book.objects.get().closed_at
    counted(travel, APRIL + timedelta(days=1))


@pytest.mark.parametrize(
    ("story", "answered"),
    [("silent", False), ("bid", True), ("bid above the reserve", False), ("cancelled in time", False)],
)
def test_an_answer_is_a_bid_within_the_reserve_that_stood_to_the_end(venue, travel, story, answered) -> None:
    alice = market.a_bidder(venue)
    build.a_commitment(alice, min_edge_bps="100", cap_per_assignment="300")
    auction = asked(venue, travel, fund_inventory_limit="1000000")
    if story != "silent":
        edge = auction.reserve_edge_bps + 1 if story == "bid above the reserve" else auction.reserve_edge_bps
        (placed,) = market.place(alice, market.order(auction, edge=str(edge)))
        if story == "cancelled in time":
            travel.to(auction.closes_at - timedelta(microseconds=1))
            perform(cancel_bid, provider_id=alice.id, bid_id=placed.bid_id)
    let_end(auction, travel)
    answer = ServiceAnswer.objects.get(provider=alice)
    assert (answer.asked_at, answer.auction, answer.answered) == (auction.opens_at, auction, answered)


def test_who_stood_ready_for_nothing_is_asked_for_nothing(venue, travel) -> None:
    nobody, owner = build.a_provider(venue, "Nobody", collateral="0"), build.a_provider(venue, "Owner")
    for provider in (nobody, owner):
        build.a_commitment(provider, min_edge_bps="100", cap_per_assignment="300")
    market.a_playbook(venue, assign="FIRST", assign_cap_bps="10", max_reopenings=0, max_waterfall_seconds=0)
    travel.to(APRIL + timedelta(hours=1))
    market.mark_again()
    let_end(market.an_auction(venue, owner_group="Owner"), travel)
    assert not ServiceAnswer.objects.exists()


def test_a_take_and_readiness_answer_but_none_that_could_not_be_kept(venue, travel) -> None:
    """Hollow may not hold any more what it stood ready for. Nothing is left for Patient, nor for Fickle, who let marks
    drift a little less than is asked."""
    people = [market.a_bidder(venue, name) for name in ("Taker", "Ready", "Hollow", "Patient", "Fickle", "Silent")]
    for provider in people:
        build.a_commitment(provider, min_edge_bps="100", cap_per_assignment="300")
    asked(venue, travel, fund_inventory_limit="1000000", sealed_seconds=1, uncontested_caps_bps=[500])
    travel(seconds=1)
    market.sweep()
    dutch = Auction.objects.get(kind=StepKind.DUTCH)
    taker, ready, hollow, patient, fickle, _ = people
    market.take(taker, dutch, units=5)
    market.ready(hollow, dutch, 5)
    market.ready(ready, dutch, dutch.units - 5)
    market.ready(patient, dutch, 5, max_drift_bps=Decimal(1000))
    market.ready(fickle, dutch, 5, max_drift_bps=Decimal("999.9999"))
    limit(hollow, "0")
    let_end(dutch, travel)
    answers = {row.provider.name: row.answered for row in ServiceAnswer.objects.all()}
    assert {name for name, answered in answers.items() if answered} == {"Taker", "Ready", "Patient"}
    assert answers.keys() == {provider.name for provider in people}


def test_rebates_of_a_book_are_never_more_than_its_fee(venue, travel) -> None:
    """Whoever sells to a firm of its own pays the fee, and that comes back at most: washing earns nothing."""
    schedule(venue, rebate_bps=Decimal(10_000), standby_rate_bps=Decimal(0))
    alice = market.committed(venue, "0", cap_per_assignment="15000")
    bob = market.committed(venue, "10", name="Bob")
    book = sold(venue, travel)
    counted(travel)
    rebates = {row.provider: row.rebates_paid for row in ServiceStatement.objects.all()}
    assert rebates == {alice: 75, bob: 25}
    assert sum(rebates.values()) == book.fee == 100
    assert fees(venue) == 0


def test_there_is_no_rebate_for_a_month_that_is_not_paid(venue, travel) -> None:
    schedule(venue, min_presence=Decimal(1))
    alice = market.committed(venue, "50", ends_at=MAY - timedelta(seconds=1))
    sold(venue, travel)
    counted(travel)
    poor = statement(alice)
    assert (poor.grade, poor.rebates_due, poor.standby_paid) == ("POOR", 0, 0)
    assert fees(venue) == 100
