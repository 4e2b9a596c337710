"""Marks coming in, and what may be priced with them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from backstop import clock
from backstop.desks.marks import MarkQuote
from backstop.models import Mark
from backstop.operations.set_marks import set_marks
from backstop.queries import get_reference_marks
from backstop.refusals import GroundRefusal
from backstop.values.marks import MarkTerms
from tests.builders import a_mark, a_playbook, a_venue, an_instrument
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def bitcoin(venue):
    return an_instrument(venue, "BTC-PERP")


def terms(max_age_seconds=60, band_bps="500", min_sources=1) -> MarkTerms:
    return MarkTerms(max_age_seconds, Decimal(band_bps), min_sources)


def codes(caught) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in caught.value.faults}


def test_a_batch_of_marks_is_stored(venue, bitcoin) -> None:
    ether = an_instrument(venue, "ETH-PERP")
    set_marks(
        venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal("60000.5")), MarkQuote("ETH-PERP", Decimal(3000))]
    )
    marks = get_reference_marks([bitcoin.id, ether.id], clock.now(), terms())
    assert marks == {bitcoin.id: Decimal("60000.5"), ether.id: 3000}


def test_a_later_mark_replaces_the_earlier_one_of_its_source(venue, bitcoin) -> None:
    for price in (1, 2):
        set_marks(venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal(price))])
    assert [mark.price for mark in Mark.objects.all()] == [2]


def test_every_fault_of_a_batch_is_named_and_nothing_is_written(venue, bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "5", marked_at=now)
    faulty = [
        MarkQuote("DOGE", Decimal(1)),
        MarkQuote("BTC-PERP", Decimal(0), source="a"),
        MarkQuote("BTC-PERP", Decimal(1), now - timedelta(microseconds=1)),
        MarkQuote("BTC-PERP", Decimal(1), now + timedelta(seconds=5, microseconds=1), source="b"),
        MarkQuote("BTC-PERP", Decimal(1), source="b"),
        MarkQuote("BTC-PERP", Decimal(9), source="good"),
    ]
    with refused(GroundRefusal.MARKS_REFUSED) as caught:
        set_marks(venue_id=venue.id, quotes=faulty)
    assert codes(caught) == {
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
    set_marks(venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal(6), now)])
    set_marks(venue_id=venue.id, quotes=[MarkQuote("BTC-PERP", Decimal(7), now + timedelta(seconds=5))])
    assert get_reference_marks([bitcoin.id], now, terms(max_age_seconds=0)) == {bitcoin.id: 7}


def test_another_venues_instrument_is_unknown(bitcoin) -> None:
    with refused(GroundRefusal.MARKS_REFUSED) as caught:
        set_marks(venue_id=a_venue().id, quotes=[MarkQuote("BTC-PERP", Decimal(1))])
    assert codes(caught) == {"/marks/0/instrument": "instrument_unknown"}


def test_several_sources_are_one_query_and_the_stale_and_the_lying_one_do_not_count(
    venue, bitcoin, travel, django_assert_num_queries
) -> None:
    ether, now = an_instrument(venue, "ETH-PERP", price="3000"), travel.freeze()
    a_mark(bitcoin, "60000", source="a", marked_at=now - timedelta(seconds=60))
    a_mark(bitcoin, "60010", source="b", marked_at=now)
    a_mark(bitcoin, "60020", source="c", marked_at=now)
    a_mark(bitcoin, "90000", source="liar", marked_at=now)
    a_mark(bitcoin, "1", source="gone", marked_at=now - timedelta(days=1))
    with django_assert_num_queries(1):
        marks = get_reference_marks([bitcoin.id, ether.id], now, terms())
    assert marks == {bitcoin.id: 60010, ether.id: 3000}


def test_too_few_sources_that_agree_read_as_stale(bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "100", source="a")
    a_mark(bitcoin, "101", source="b")
    assert get_reference_marks([bitcoin.id], now, terms(min_sources=2)) == {bitcoin.id: Decimal("100.5")}
    with refused(GroundRefusal.MARK_STALE, match="BTC-PERP needs 3 marks of the last 60 seconds within 500 bps"):
        get_reference_marks([bitcoin.id], now, terms(min_sources=3))


def test_a_mark_is_fresh_at_its_greatest_age_and_stale_beyond_it(bitcoin, travel) -> None:
    now = travel.freeze()
    a_mark(bitcoin, "1", marked_at=now)
    assert get_reference_marks([bitcoin.id], now + timedelta(seconds=60), terms())
    with refused(GroundRefusal.MARK_STALE, match="BTC-PERP"):
        get_reference_marks([bitcoin.id], now + timedelta(seconds=60, microseconds=1), terms())


def test_an_instrument_that_was_never_marked_has_no_reference(bitcoin) -> None:
    with refused(GroundRefusal.MARK_MISSING, match="BTC-PERP"):
        get_reference_marks([bitcoin.id], clock.now(), terms())


@pytest.mark.parametrize(
    ("field", "value", "promise"),
    [
        ("mark_band_bps", "-0.0001", "playbook_mark_band_not_negative"),
        ("min_mark_sources", 0, "playbook_mark_sources_positive"),
    ],
)
def test_a_playbook_needs_a_source_and_a_band(venue, field, value, promise) -> None:
    with pytest.raises(IntegrityError, match=promise):
        a_playbook(venue, **{field: value})
