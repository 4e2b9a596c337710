"""One mark in five seconds of each source is kept for six hours."""

from decimal import Decimal

import pytest

from backstop.desks.marks import MarkQuote
from backstop.models import PastMark
from backstop.operations.forget_marks import forget_marks
from backstop.operations.set_marks import set_marks
from tests import builders as build
from tests.builders import perform
from tests.conftest import Travel

pytestmark = pytest.mark.django_db


@pytest.fixture
def marked(travel: Travel):
    """Marks one set after the other: at so many seconds each, at a price of its own."""
    travel.to(travel.freeze().replace(second=0, microsecond=0))
    venue = build.a_venue()
    build.an_instrument(venue, "BTC-PERP")

    def mark(price: str, source: str = "venue") -> None:
        perform(set_marks, venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal(price), source=source)])

    return mark


def prices() -> list[Decimal]:
    return list(PastMark.objects.order_by("marked_at", "source").values_list("price", flat=True))


def test_the_first_of_each_five_seconds_is_kept_for_each_source(marked, travel: Travel) -> None:
    marked("1")
    marked("2", "other")
    travel(seconds=4)
    marked("3")
    travel(seconds=1)
    marked("4")
    marked("5")
    assert prices() == [2, 1, 4]


def test_past_marks_are_forgotten_after_six_hours(marked, travel: Travel) -> None:
    marked("1")
    travel(hours=5)
    marked("2")
    travel(hours=1, seconds=1)
    assert perform(forget_marks) == 1
    assert prices() == [2]


def test_the_oldest_go_first_and_no_more_at_once_than_asked_for(marked, travel: Travel) -> None:
    for price in ("1", "2", "3"):
        marked(price)
        travel(seconds=5)
    travel(hours=7)
    assert perform(forget_marks, limit=2) == 2
    assert prices() == [3]
