"""What stands aside of a book is tried again at once."""

from datetime import timedelta

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.models import Step
from auctions.operations.operator.retry_book import retry_book
from auctions.operations.sweeps.park_row import park_row
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def parked(travel):
    venue = market.a_market(travel)
    build.a_playbook(venue, mark_max_age_seconds=3600)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "21000"), cash="3000")
    market.sweep("route_books")
    for row in (book, Step.objects.get()):
        perform(park_row, model=type(row), row_id=row.id, reason="a bug", retry_after=timedelta(hours=1))
    return book


def retry(book, **said):
    return perform(retry_book, **{"venue_id": book.venue_id, "book_id": book.id, "reason": "mended", **said})


def test_the_book_and_its_steps_go_on_at_once(parked) -> None:
    assert market.sweep() == 0
    assert retry(parked).retry_at is None
    assert Step.objects.get().parked_reason == ""
    assert market.sweep() > 0
    assert Event.objects.get(kind="book_retried").payload == {"rows": 2, "reason": "mended"}


def test_where_nothing_stands_aside_nothing_happens(parked) -> None:
    retry(parked)
    retry(parked)
    assert Event.objects.filter(kind="book_retried").count() == 1


def test_another_venues_book_does_not_exist_and_a_reason_is_needed(parked) -> None:
    with refused(AuctionRefusal.BOOK_UNKNOWN):
        retry(parked, venue_id=build.a_venue().id)
    with refused(AccountRefusal.REASON_MISSING):
        retry(parked, reason="")
