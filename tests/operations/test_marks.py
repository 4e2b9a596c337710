"""Marks coming in, and what may be priced with them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backstop import clock
from backstop.models import Mark
from backstop.operations.marks import MarksRefused, Quote, set_marks
from backstop.queries import MarkMissing, MarkStale, get_reference_marks
from tests.builders import a_mark, a_venue, an_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def bitcoin(venue):
    return an_instrument(venue, "BTC-PERP")


def codes(refused) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refused.value.faults}


def test_a_batch_of_marks_is_stored(venue, bitcoin) -> None:
    ether = an_instrument(venue, "ETH-PERP")
    set_marks(venue_id=venue.id, quotes=[Quote("BTC-PERP", Decimal("60000.5")), Quote("ETH-PERP", Decimal(3000))])
    marks = get_reference_marks([bitcoin.id, ether.id], clock.now(), 60)
    assert marks[bitcoin.id].price == Decimal("60000.5")
    assert marks[ether.id].price == 3000


def test_a_later_mark_replaces_the_earlier_one_of_its_source(venue, bitcoin) -> None:
    for price in (1, 2):
        set_marks(venue_id=venue.id, quotes=[Quote("BTC-PERP", Decimal(price))])
    assert [mark.price for mark in Mark.objects.all()] == [2]


def test_every_fault_of_a_batch_is_named_and_nothing_is_written(venue, bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "5", marked_at=now)
    faulty = [
        Quote("DOGE", Decimal(1)),
        Quote("BTC-PERP", Decimal(0), source="a"),
        Quote("BTC-PERP", Decimal(1), now - timedelta(microseconds=1)),
        Quote("BTC-PERP", Decimal(1), now + timedelta(seconds=5, microseconds=1), source="b"),
        Quote("BTC-PERP", Decimal(1), source="b"),
        Quote("BTC-PERP", Decimal(9), source="good"),
    ]
    with pytest.raises(MarksRefused) as refused:
        set_marks(venue_id=venue.id, quotes=faulty)
    assert codes(refused) == {
        "/marks/0/instrument": "instrument_unknown",
        "/marks/1/price": "price_not_positive",
        "/marks/2/marked_at": "mark_outdated",
        "/marks/3/marked_at": "mark_in_future",
        "/marks/4": "mark_repeated",
    }
    assert [mark.price for mark in Mark.objects.all()] == [5]


def test_a_mark_of_the_same_instant_and_one_just_within_the_future_are_taken(venue, bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "5", marked_at=now)
    set_marks(venue_id=venue.id, quotes=[Quote("BTC-PERP", Decimal(6), now)])
    set_marks(venue_id=venue.id, quotes=[Quote("BTC-PERP", Decimal(7), now + timedelta(seconds=5))])
    assert get_reference_marks([bitcoin.id], now, 0)[bitcoin.id].price == 7


def test_another_venues_instrument_is_unknown(bitcoin) -> None:
    with pytest.raises(MarksRefused) as refused:
        set_marks(venue_id=a_venue().id, quotes=[Quote("BTC-PERP", Decimal(1))])
    assert codes(refused) == {"/marks/0/instrument": "instrument_unknown"}


def test_the_newest_of_several_sources_is_the_reference(venue, bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "1", source="old", marked_at=now - timedelta(seconds=2))
    a_mark(bitcoin, "2", source="new", marked_at=now - timedelta(seconds=1))
    assert get_reference_marks([bitcoin.id], now, 60)[bitcoin.id].price == 2


def test_a_mark_is_fresh_at_its_greatest_age_and_stale_beyond_it(bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "1", marked_at=now)
    assert get_reference_marks([bitcoin.id], now + timedelta(seconds=60), 60)
    with pytest.raises(MarkStale, match="BTC-PERP"):
        get_reference_marks([bitcoin.id], now + timedelta(seconds=60, microseconds=1), 60)


def test_an_instrument_that_was_never_marked_has_no_reference(bitcoin) -> None:
    with pytest.raises(MarkMissing, match="BTC-PERP"):
        get_reference_marks([bitcoin.id], clock.now(), 60)
