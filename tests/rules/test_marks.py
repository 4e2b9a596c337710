"""Several sources of one price: who counts, what they say together, and how little a liar among them can do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstop.values.marks import (
    KnownPrices,
    MarkStanding,
    MarkTerms,
    Reference,
    SourcePrice,
    age_seconds,
    estimate_of,
    reference_of,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
USED, STALE, OUTLIER = MarkStanding
TICK = Decimal("0.000000000000000001")

prices = st.decimals("0.01", "100000", places=4)
ages = st.integers(-5, 120)
terms = st.builds(MarkTerms, st.integers(0, 90), st.decimals(0, 2000, places=4), st.integers(1, 4))


@st.composite
def sources(draw, fewest=0, most=6):
    pairs = draw(st.lists(st.tuples(prices, ages), min_size=fewest, max_size=most))
    return [a_price(price, f"s{place}", age) for place, (price, age) in enumerate(pairs)]


def a_price(price, source="venue", age=0):
    return SourcePrice(source, Decimal(price), NOW - timedelta(seconds=age))


def some(*amounts):
    return [a_price(amount, f"s{place}") for place, amount in enumerate(amounts)]


def reference(these, max_age_seconds=60, band_bps="500", min_sources=1):
    return reference_of(KnownPrices(these), MarkTerms(max_age_seconds, Decimal(band_bps), min_sources), NOW)


def standings(these, **fields):
    return [one.standing for one in reference(these, **fields).judged]


@pytest.mark.parametrize(
    ("amounts", "price"),
    [
        (["100"], "100"),
        (["100", "101"], "100.5"),
        (["100", "103", "101"], "101"),
        (["100", "103", "101", "102"], "101.5"),
        (["100", "103", "101", "150"], "101"),  # 150 is 4,607 bps from the median of 102; then the middle one
        (["100", "100.1", "90"], "100"),  # 90 is 1,000 bps off: of 100 and 100.1 the median of all three
        (["100", "99.9", "110"], "100"),
        (["99", "101", "150", "50"], "100"),  # two agree, one lies on each side
    ],
)
def test_the_reference_is_the_median_of_those_that_agree(amounts, price):
    assert reference(some(*amounts)).price == Decimal(price)


def test_a_mean_that_cannot_be_stored_is_rounded_down():
    assert reference(some("1", Decimal(1) + TICK)).price == 1
    assert reference(some(Decimal(1) + TICK, Decimal(1) + 2 * TICK)).price == Decimal(1) + TICK


def test_a_source_on_the_edge_of_the_band_counts_and_one_beyond_it_does_not():
    (inside, *_), (outside, *_) = (reference(some(p, "100", "100")).judged for p in ("105", "105.0001"))
    assert (inside.standing, inside.deviation_bps) == (USED, 500)
    assert (outside.standing, outside.deviation_bps) == (OUTLIER, Decimal("500.01"))
    assert standings(some("95", "100", "100")) == [USED] * 3
    assert standings(some("94.9999", "100", "100")) == [OUTLIER, USED, USED]
    assert standings(some("100", "100", "100"), band_bps="0") == [USED] * 3


def test_a_source_of_the_greatest_age_counts_and_an_older_one_does_not():
    last = a_price("100", age=60)
    assert standings([last]) == [USED]
    older = SourcePrice("venue", Decimal(100), last.marked_at - timedelta(microseconds=1))
    found = reference([older])
    assert (found.price, found.marked_at) == (None, None)
    assert (found.judged[0].standing, found.judged[0].deviation_bps) == (STALE, None)


def test_as_many_sources_as_are_needed_make_a_reference_and_one_fewer_does_not():
    three = some("100", "101", "102")
    assert reference(three, min_sources=3).price == 101
    assert reference(three, min_sources=4).price is None
    assert reference([*three[:2], a_price("102", "s2", age=61)], min_sources=3).price is None


def test_outliers_do_not_count_towards_the_sources_that_are_needed():
    assert reference(some("100", "101", "150"), min_sources=2).price == 101
    assert reference(some("100", "101", "150"), min_sources=3).price is None


def test_two_sources_that_disagree_by_more_than_the_band_say_nothing():
    assert reference(some("100", "150")).price is None
    assert standings(some("100", "150")) == [OUTLIER, OUTLIER]
    assert reference(some("95", "105")).price == 100, "each is 500 bps from their mean"


def test_a_stale_source_moves_neither_the_median_nor_the_age():
    found = reference([a_price("100", "a", 10), a_price("101", "b", 20), a_price("1", "c", 61)])
    assert (found.price, found.marked_at) == (Decimal("100.5"), NOW - timedelta(seconds=20))


def test_no_source_is_no_reference():
    assert reference([]).price is None


def test_an_estimate_takes_whoever_is_at_most_an_hour_behind_the_newest_however_old():
    day = 86400
    lagging = [a_price("100", "a", day), a_price("102", "b", day + 3600), a_price("1", "c", day + 3601)]
    assert estimate_of(lagging) == 101
    assert estimate_of(lagging[2:]) == 1


def test_the_age_of_a_mark_is_in_whole_seconds_and_never_below_zero():
    assert [age_seconds(a_price("1", age=age), NOW) for age in (-5, 0, 59.999999, 60)] == [0, 0, 59, 60]


@given(sources(), terms, st.randoms(use_true_random=False))
def test_the_order_of_the_sources_does_not_count(these, by, random):
    shuffled = list(these)
    random.shuffle(shuffled)
    assert reference_of(KnownPrices(shuffled), by, NOW) == reference_of(KnownPrices(these), by, NOW)


@given(prices, prices, prices, terms)
def test_one_liar_among_three_never_moves_the_reference_beyond_the_honest(one, other, lie, by):
    found = reference_of(KnownPrices(some(one, other, lie)), by, NOW).price
    assert found is None or min(one, other) <= found <= max(one, other)


@given(sources(fewest=1), terms)
def test_a_reference_is_within_the_band_and_behind_it_stand_enough_fresh_sources(these, by):
    found = reference_of(KnownPrices(these), by, NOW)
    used = [one for one in found.judged if one.standing is USED]
    assert [one.last for one in found.judged] == sorted(these, key=lambda one: one.source)
    assert (found.price is None) == (len(used) < by.min_sources)
    if found.price is not None:
        assert min(one.last.price for one in used) <= found.price <= max(one.last.price for one in used)
        assert found.marked_at == min(one.last.marked_at for one in used)
    for one in found.judged:
        fresh = one.last.marked_at >= NOW - timedelta(seconds=by.max_age_seconds)
        assert fresh == (one.standing is not STALE) == (one.deviation_bps is not None)
        if fresh:
            assert (one.standing is USED) == (one.deviation_bps <= by.band_bps)


@given(prices, terms)
def test_sources_that_say_the_same_are_the_reference(price, by):
    assert reference_of(KnownPrices(some(*[price] * by.min_sources)), by, NOW).price == price


def after(last_used, *these, max_jump_bps="1000", max_jump_seconds=30) -> Reference:
    """The reference of sources that agree or not, where so much was last used."""
    terms = MarkTerms(60, Decimal(5000), 1, max_jump_bps and Decimal(max_jump_bps), max_jump_seconds)
    return reference_of(KnownPrices(these, Decimal(last_used)), terms, NOW)


@pytest.mark.parametrize(("price", "jumps"), [("90", False), ("110", False), ("89.9999", True), ("110.0001", True)])
def test_a_jump_is_further_than_the_limit_from_the_mark_last_used(price, jumps):
    found = after("100", a_price(price))
    assert (found.price is None, found.jumped_to) == (jumps, Decimal(price) if jumps else None)


def test_nothing_jumps_where_nothing_was_used_or_jumps_are_allowed():
    assert reference_of(KnownPrices([a_price("1")]), MarkTerms(60, Decimal(500), 1, Decimal(0), 30), NOW).price == 1
    assert after("100", a_price("1"), max_jump_bps=None).price == 1


@pytest.mark.parametrize(("other", "confirms"), [("44", True), ("43.9999", False)])
def test_a_second_source_confirms_a_jump_within_the_limit_of_it(other, confirms):
    # Of two in the middle the reference is the mean: of 40 and 44 it is 42, and 36.6667 to 46.2 are within 10 % of it.
    found = after("100", a_price("40", "first"), a_price("44", "second"))
    assert found.price == 42
    lone = after("100", a_price("40"), a_price(other, "other", age=0 if confirms else 61))
    assert (lone.price is not None) is confirms


@pytest.mark.parametrize(("before", "confirms"), [("44", True), ("44.0001", False), ("36", True), (None, False)])
def test_a_second_set_of_the_same_source_confirms_a_jump_within_the_limit_of_it(before, confirms):
    one = SourcePrice("venue", Decimal(40), NOW, before and Decimal(before))
    assert (after("100", one).price is not None) is confirms


def test_a_source_that_is_stale_or_says_something_else_again_confirms_nothing():
    other = SourcePrice("other", Decimal(100), NOW - timedelta(seconds=61), Decimal(40))
    assert after("100", a_price("40"), other).price is None
    mild = SourcePrice("venue", Decimal("110.01"), NOW, Decimal("110"))
    assert after("100", mild).price is None, "what was no jump itself confirms none, however near"
    returned = SourcePrice("venue", Decimal(40), NOW, Decimal(100))
    assert after("100", returned).price is None


@pytest.mark.parametrize(("age", "waits"), [(29, True), (30, False)])
def test_a_jump_waits_no_longer_than_its_limit(age, waits):
    assert (after("100", a_price("40", age=age)).price is None) is waits


def test_a_price_of_33_digits_agrees_with_itself():
    price = "123456789012345.000000000000000001"
    assert reference(some(price), band_bps="0").price == Decimal(price)
