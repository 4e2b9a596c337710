"""What one step leaves goes on to the next one that there is for it."""

import pytest

from accounts.models import Provider
from auctions.lifecycle import StepKind
from auctions.models import AtFault, Auction, Book, Settlement, Step
from tests import builders as build
from tests import invariants, market
from tests.market import a_plain_book, kinds_of_steps, on_to_dutch, reject

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


@pytest.mark.parametrize("fault", [AtFault.PROVIDER, AtFault.VENUE])
def test_units_rejected_out_of_the_dutch_auction_get_one_more_and_then_the_fund(venue, travel, fault):
    alice = build.a_provider(venue, "Alice")
    build.a_provider(venue, "Bob")
    a_plain_book(venue)
    market.sweep()
    market.take(alice, on_to_dutch(travel), "t1", 100, floor="0")
    reject(venue, Settlement.objects.get(), fault)
    market.sweep()
    assert kinds_of_steps() == [StepKind.ASSIGN, StepKind.SEALED, StepKind.DUTCH, StepKind.DUTCH]
    bob = Provider.objects.get(name="Bob")
    travel(seconds=10)
    market.take(bob, Auction.objects.get(state="OPEN"), "t1", 100, floor="0")
    reject(venue, Settlement.objects.get(state="AWAITING"), fault)
    market.sweep()
    assert kinds_of_steps()[4:] == [StepKind.FUND]
    travel(seconds=3600)  # nobody contests a fault
    market.sweep()
    invariants.everything_ended()


@pytest.fixture
def patient(travel):
    """Rounds of 10 s sealed and 20 s Dutch, 5 s apart, that open up to 35 s after a book came in; the fund takes one
    book."""
    venue = market.a_market(travel)
    market.a_patient_playbook(venue)
    return venue


def test_what_a_round_leaves_is_offered_in_another_until_the_time_is_up_exactly(patient, travel):
    a_plain_book(patient)
    market.sweep()
    for seconds in (10, 20, 5):
        travel(seconds=seconds)
        market.sweep()
    assert kinds_and_rounds() == [("ASSIGN", 1), ("SEALED", 1), ("DUTCH", 1), ("SEALED", 2)]
    assert Step.objects.get(round=2).auction.units == 100
    for seconds in (10, 20):
        travel(seconds=seconds)
        market.sweep()
    assert kinds_and_rounds()[4:] == [("DUTCH", 2), ("FUND", 2)]
    invariants.everything_ended()


def test_a_round_that_would_open_a_moment_too_late_does_not(patient, travel):
    a_plain_book(patient)
    market.sweep()
    travel(seconds=10)
    market.sweep()
    travel(seconds=20.001)
    market.sweep()
    assert kinds_and_rounds()[2:] == [("DUTCH", 1), ("FUND", 1)]


def test_units_rejected_out_of_the_dutch_auction_join_the_next_round(travel):
    venue = market.a_market(travel)
    market.a_patient_playbook(venue, settlement_mode="CONFIRM")
    alice = build.a_provider(venue, "Alice")
    build.a_provider(venue, "Bob")
    a_plain_book(venue)
    market.sweep()
    travel(seconds=10)
    market.sweep()
    market.take(alice, Auction.objects.get(state="OPEN"), "t1", 100, floor="0")
    reject(venue, Settlement.objects.get())
    market.sweep()
    travel(seconds=5)
    market.sweep()
    assert kinds_and_rounds()[2:] == [("DUTCH", 1), ("SEALED", 2)]


def test_what_is_too_risky_to_wait_goes_to_the_fund_first_oldest_first_until_it_is_not(travel):
    venue = market.a_market(travel)
    # Each book is 40,000 at a margin rate of 10 %: 4,000 at risk. The fund takes half a book.
    market.a_patient_playbook(venue, max_unplaced_risk="4000", fund_inventory_limit="20000")
    first, second = (a_plain_book(venue, reference=f"book-{number}") for number in (1, 2))
    market.sweep()
    for seconds in (10, 20):
        travel(seconds=seconds)
        market.sweep()
    assert kinds_and_rounds(second) == [("ASSIGN", 1), ("SEALED", 1), ("DUTCH", 1), ("SEALED", 2)]
    assert kinds_and_rounds(first)[3:] == [("FUND", 1), ("SEALED", 2)]
    assert Step.objects.get(lot__book=first, round=2).units_in == 50, "what the fund leaves goes on with its rounds"


def kinds_and_rounds(book: Book | None = None) -> list[tuple[str, int]]:
    steps = Step.objects.filter(lot__book=book) if book else Step.objects.all()
    return list(steps.order_by("ordinal").values_list("kind", "round"))
