"""Each condition of an alert, made in a real market: so much exactly raises one, and the least more is too much."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, AccountKind, LossAddend, LossEvent, LossLayer, LossPayment, LossPlan
from accounts.rules.sharing.plans import FIRST_RANK
from auctions.desks.readings import read_conditions
from auctions.lifecycle import AuctionState, StepState
from auctions.models import Alert, Auction, Book, Program, Round, Step
from auctions.queries.stuck import list_stuck
from auctions.rules.alerts import CONDITIONS, AlertCondition
from backstop import clock
from backstop.models import Mark, Venue
from tests import builders as build
from tests import market
from tests.alerts import a_rule, trip, watch
from tests.operations.test_allocate_cash import allocate, confirm_all, lost
from tests.operations.test_loss_sharing import a_venue
from tests.operations.test_move_contribution import contribute
from tests.operations.test_pay_assessment import lose, of, pay
from tests.operations.test_record_recovery import recover

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel) -> Venue:
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


def a_book(venue: Venue, bitcoins: str = "2") -> Book:
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", bitcoins, "20000"), cash="6000")
    market.sweep("route_books")
    return book


def one_row_stands_aside(venue: Venue) -> str:
    a_book(venue)
    again = clock.now() + timedelta(hours=1)
    Book.objects.update(retry_at=again, parked_reason="division by zero")
    return "1"


def one_auction_is_halted(venue: Venue) -> str:
    market.an_auction(venue)
    now = clock.now()
    halted = {"halt_reason": "marks jumped", "halted_at": now, "halt_ends_at": now + timedelta(hours=1)}
    Auction.objects.update(state=AuctionState.HALTED, **halted)
    return "1"


def two_breakers_are_in_force(venue: Venue) -> str:
    trip(venue)
    trip(venue, "COINS")
    return "2"


def one_instrument_has_no_usable_mark(venue: Venue) -> str:
    a_book(venue)
    Mark.objects.update(marked_at=clock.now() - timedelta(days=1))
    return "1"


def one_book_is_under_way(venue: Venue) -> str:
    a_book(venue)
    return "1"


def a_book_came_before_half_a_minute(venue: Venue) -> str:
    a_book(venue)
    Book.objects.update(received_at=clock.now() - timedelta(seconds=30))
    return "30"


def two_bitcoins_are_not_placed(venue: Venue) -> str:
    """At 20,000 and a margin rate of 10 %."""
    a_book(venue)
    return "4000"


def nobody_would_take_bitcoins(venue: Venue) -> str:
    a_book(venue)
    return "1"


def the_tranches_lack_of_their_targets(venue: Venue) -> str:
    plan = LossPlan.objects.create(venue=venue, version=1, reason="a test")
    targets = {AccountKind.FIRST_TRANCHE: "100.5", AccountKind.SECOND_TRANCHE: "20"}
    for rank, (kind, target) in enumerate(targets.items(), start=FIRST_RANK):
        build.venue_account(venue, kind)
        LossLayer.objects.create(plan=plan, rank=rank, kind=kind, target=Decimal(target))
    return "120.5"


def nobody_paid_two_of_five(venue: Venue) -> str:
    a_book(venue)
    event, lost = LossEvent.objects.get(), {"asset": build.the_asset(venue), "amount": 5, "advances": 0}
    addend = LossAddend.objects.create(**lost, loss_event=event, kind="BOOK", subject_id=event.id)
    LossPayment.objects.create(addend=addend, layer="FIRST_TRANCHE", amount=3)
    return "2"


def a_stage_was_looked_at_before_half_a_minute(venue: Venue) -> str:
    now = clock.now()
    for stage, seconds in (("route_books", 0), ("close_auctions", 30), ("stage_of_an_older_release", 300)):
        ended_at = now - timedelta(seconds=seconds)
        Round.objects.create(stage=stage, program=Program.CLOCK, process="one", ended_at=ended_at)
    return "30"


MADE: dict[AlertCondition, Callable[[Venue], str]] = {
    AlertCondition.STUCK_ROWS: one_row_stands_aside,
    AlertCondition.HALTED_AUCTIONS: one_auction_is_halted,
    AlertCondition.BREAKERS: two_breakers_are_in_force,
    AlertCondition.UNPRICED_INSTRUMENTS: one_instrument_has_no_usable_mark,
    AlertCondition.BOOKS_UNDER_WAY: one_book_is_under_way,
    AlertCondition.OLDEST_BOOK_SECONDS: a_book_came_before_half_a_minute,
    AlertCondition.UNPLACED_RISK: two_bitcoins_are_not_placed,
    AlertCondition.SHORT_MARKETS: nobody_would_take_bitcoins,
    AlertCondition.LACKING_IN_FUND: the_tranches_lack_of_their_targets,
    AlertCondition.LOSSES_OWED: nobody_paid_two_of_five,
    AlertCondition.LATE_SECONDS: a_stage_was_looked_at_before_half_a_minute,
}


def worth(venue: Venue, condition: AlertCondition) -> Decimal:
    """How much of it there is, in dollars where it is an amount."""
    asset = build.the_asset(venue).id if CONDITIONS[condition].is_amount else None
    return read_conditions(venue.id, [condition], clock.now())[condition].get(asset, Decimal(0))


@pytest.mark.parametrize("condition", AlertCondition)
def test_exactly_its_threshold_raises_it_and_the_least_more_does_not(venue, travel, condition) -> None:
    is_amount = CONDITIONS[condition].is_amount
    asset, least = ("USD", Decimal("0.000001")) if is_amount else (None, Decimal(1))
    assert worth(venue, condition) == 0
    much = MADE[condition](venue)
    reached = a_rule(venue, condition, much, asset=asset)
    missed = a_rule(venue, condition, str(Decimal(much) + least), asset=asset)
    watch()
    for rule in (reached, missed):
        rule.refresh_from_db()
    assert (reached.holds_since, missed.holds_since) == (clock.now(), None)
    travel(minutes=1)
    watch()
    assert Alert.objects.get().rule == reached


@pytest.mark.parametrize("condition", AlertCondition)
def test_another_venue_has_nothing_of_it(venue, condition) -> None:
    elsewhere = build.a_venue("elsewhere")
    MADE[condition](venue)
    if condition != AlertCondition.LATE_SECONDS:  # the clock of tests looks after all venues
        assert worth(elsewhere, condition) == 0


def test_what_waits_as_it_should_is_not_stuck(venue) -> None:
    """Neither a halt nor marks that stop a lot are errors."""
    one_auction_is_halted(venue)
    Step.objects.exclude(state=StepState.ENDED).update(state=StepState.READY, stopped_at=clock.now())
    assert {row[0] for row in list_stuck(venue.id, clock.now())} == {"HALTED", "STOPPED"}
    assert worth(venue, AlertCondition.STUCK_ROWS) == 0


def test_a_market_with_exactly_the_capacity_that_is_outstanding_is_not_short(venue) -> None:
    """A bitcoin at 20,000 and a margin rate of 10 %: Alice has collateral for one."""
    build.a_commitment(build.a_provider(venue, collateral="2000"))
    a_book(venue, "1")
    assert worth(venue, AlertCondition.SHORT_MARKETS) == 0


def test_a_tranche_with_exactly_its_target_lacks_nothing_and_what_another_has_too_much_is_not_its(venue) -> None:
    the_tranches_lack_of_their_targets(venue)
    second = Account.objects.filter(venue=venue, kind=AccountKind.SECOND_TRANCHE)
    for amount, lacking in (("19.999999", "100.500001"), ("20", "100.5"), ("500", "100.5")):
        second.update(posted=Decimal(amount))
        assert worth(venue, AlertCondition.LACKING_IN_FUND) == Decimal(lacking)


def test_losses_are_owed_while_a_call_is_due_overdue_and_until_it_is_paid_late(travel) -> None:
    """Of 135 contributions pay 90: Bob is called for 15 and has 10, Carol for 30 and pays."""
    venue = a_venue(travel)
    for name, amount in (("Bob", "30"), ("Carol", "60")):
        contribute(build.a_provider(venue, name), amount, name)
    bob = venue.providers.get(name="Bob")
    build.pay_in(bob, "-999990")
    lose(venue, "135", travel)
    assert worth(venue, AlertCondition.LOSSES_OWED) == 45
    a_rule(venue, "LOSSES_OWED", "5", asset="USD")
    watch()
    travel(minutes=1)
    watch()
    pay(of("Carol"))
    travel.to(of("Bob").due_by)
    assert worth(venue, AlertCondition.LOSSES_OWED) == 15
    market.sweep("expire_assessments")
    assert of("Bob").state == "OVERDUE"
    assert worth(venue, AlertCondition.LOSSES_OWED) == 5, "what nobody has is what he owes: it counts once"
    watch()
    assert Alert.objects.get().state == "RAISED"
    build.pay_in(bob, "5")
    pay(of("Bob"))
    assert worth(venue, AlertCondition.LOSSES_OWED) == 0
    travel(seconds=10)
    watch()
    assert Alert.objects.get().state == "ENDED"


def test_what_nobody_paid_is_owed_until_it_is_allocated_or_comes_back(travel) -> None:
    event = lost(travel)
    assert worth(event.venue, AlertCondition.LOSSES_OWED) == 100
    recover(event, "30")
    assert worth(event.venue, AlertCondition.LOSSES_OWED) == 70
    allocation = allocate(event, "50")
    assert worth(event.venue, AlertCondition.LOSSES_OWED) == 20
    confirm_all(allocation)
    assert worth(event.venue, AlertCondition.LOSSES_OWED) == 20
    recover(event, "20", reference="2")
    assert worth(event.venue, AlertCondition.LOSSES_OWED) == 0
