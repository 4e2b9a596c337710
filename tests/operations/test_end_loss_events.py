"""Which loss event a book joins, until when, and when it is final."""

from datetime import timedelta

import pytest

from accounts.models import LossEvent
from auctions.models import TakeOver
from auctions.operations.operator.sell_inventory import sell_inventory
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=10**7, max_waterfall_seconds=60)
    return venue


def book(venue, reference: str, **fields):
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference=reference, **fields)


def events(*books) -> int:
    """How many loss events these are of."""
    return len({each.loss_event_id for each in books})


def test_books_of_one_cluster_are_one_event_and_others_their_own(venue) -> None:
    one, other = (build.a_group(venue, name) for name in ("One", "Other"))
    build.relate(one, other)
    build.a_group(venue, "Third")
    first = book(venue, "1", owner_group="One", account="x")
    assert events(first, book(venue, "2", owner_group="Other"), book(venue, "3", owner_group="One")) == 1
    assert events(first, book(venue, "4", owner_group="Third"), book(venue, "5", account="x")) == 3


def test_without_an_owner_the_account_says_it_and_with_neither_it_is_its_own(venue) -> None:
    assert events(book(venue, "1", account="x"), book(venue, "2", account="x")) == 1
    assert events(book(venue, "3"), book(venue, "4")) == 2


def test_one_batch_is_one_event_too(venue) -> None:
    lines = (market.position("BTC-PERP", "LONG", "1", "20000"),)
    orders = [market.BookOrder(reference, lines, account="x") for reference in ("1", "2")]
    assert events(*market.receive(venue, orders)) == 1


def test_at_the_end_of_the_clause_another_event_begins(venue, travel) -> None:
    first = book(venue, "1", account="x")
    travel(seconds=72 * HOUR - 1)
    assert events(first, book(venue, "2", account="x")) == 1
    travel(seconds=1)
    assert events(first, book(venue, "3", account="x")) == 2


def test_an_event_is_final_once_its_clause_is_over_and_its_books_have_ended(venue, travel) -> None:
    market.committed(venue)
    event = book(venue, "1", account="x").loss_event
    assert event.takes_until - event.opened_at == timedelta(hours=72)
    travel.to(event.takes_until)
    assert market.sweep("end_loss_events") == 1
    event.refresh_from_db()
    assert event.state == "COUNTING", "its book is under way"
    market.sweep()
    event.refresh_from_db()
    assert event.state == "FINAL"


def test_when_its_time_is_over_it_is_final_in_any_case(venue, travel) -> None:
    event = book(venue, "1", account="x").loss_event
    travel.to(event.final_by)
    market.sweep("end_loss_events")
    event.refresh_from_db()
    assert (event.state, event.final_at) == ("FINAL", event.final_by)
    assert LossEvent.objects.count() == 1


@pytest.fixture
def taken_over(venue, travel) -> TakeOver:
    """A bitcoin at 20,000 that the fund had to take over; the clause is over, and the mark has fallen."""
    market.a_hasty_playbook(venue, fund_edge_bps=0, mark_max_age_seconds=10**7, max_jump_bps=None)
    market.run_out(book(venue, "1", account="x"), travel)
    event = LossEvent.objects.get()
    travel.to(event.takes_until)
    build.a_mark(venue.instruments.get(), "18000")
    market.sweep()
    return TakeOver.objects.get()


def test_an_event_waits_for_what_the_fund_took_over_of_its_books(venue, travel, taken_over) -> None:
    event = LossEvent.objects.get()
    assert (event.state, taken_over.counted) == ("COUNTING", None)
    market.committed(venue, "0")
    market.run_out(perform(sell_inventory, instrument=venue.instruments.get(), reference="sale"), travel)
    for row in (event, taken_over):
        row.refresh_from_db()
    assert (event.state, taken_over.counted) == ("FINAL", -2000)


@pytest.mark.parametrize("side", ["LONG", "SHORT"])
def test_what_is_unsold_when_its_time_is_over_counts_at_marks_less_a_haircut(venue, travel, taken_over, side) -> None:
    TakeOver.objects.update(side=side)
    event = LossEvent.objects.get()
    travel.to(event.final_by)
    market.sweep("end_loss_events")
    for row in (event, taken_over):
        row.refresh_from_db()
    assert event.state == "FINAL"
    assert taken_over.counted == {"LONG": 18_000 - 1800 - 20_000, "SHORT": 20_000 - 18_000 - 1800}[side]
    assert taken_over.quantity_left == 1, "it is the fund's to sell"
