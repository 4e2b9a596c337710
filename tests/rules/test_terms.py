"""How narrower terms override wider ones, and when changed terms take effect."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.notice import is_no_worse, revise
from accounts.rules.terms import StandingTerms, Window, merge, terms_at
from backstop.values.periods import Calendar

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
VENUE, GROUP, INSTRUMENT = (UUID(int=number) for number in (1, 2, 3))
NOTHING = StandingTerms()


def d(text: str) -> Decimal:
    return Decimal(text)


def test_the_narrower_overrides_field_by_field_and_says_who_supplied_what() -> None:
    wide = StandingTerms(sides="BOTH", min_edge_bps=d("50"), cap_held=d("9"), window=Window(d("100"), 60))
    group = StandingTerms(min_edge_bps=d("70"))
    narrow = StandingTerms(sides="LONG", window=Window(d("5"), 10))
    merged, suppliers = merge([(VENUE, wide), (GROUP, group), (INSTRUMENT, narrow)])
    assert merged == StandingTerms(sides="LONG", min_edge_bps=d("70"), cap_held=d("9"), window=Window(d("5"), 10))
    assert suppliers == {"sides": INSTRUMENT, "min_edge_bps": GROUP, "cap_held": VENUE, "window": INSTRUMENT}


def test_zero_overrides_and_a_life_is_not_inherited() -> None:
    wide = StandingTerms(cap_held=d("9"), ends_at=NOW)
    merged, _ = merge([(VENUE, wide), (INSTRUMENT, StandingTerms(cap_held=d("0")))])
    assert (merged.cap_held, merged.ends_at) == (0, None)


def test_terms_are_in_force_from_their_instant_until_later_ones_are() -> None:
    first, second = StandingTerms(min_edge_bps=d("1")), StandingTerms(min_edge_bps=d("2"))
    timeline = [(NOW, first), (NOW + HOUR, second)]
    just_before = timedelta(microseconds=1)
    assert terms_at(timeline, NOW - just_before) is None
    assert terms_at(timeline, NOW) == terms_at(timeline, NOW + HOUR - just_before) == first
    assert terms_at(timeline, NOW + HOUR) == second


BASE = StandingTerms(
    sides="LONG",
    min_edge_bps=d("50"),
    cap_per_assignment=d("100"),
    cap_held=d("100"),
    window=Window(d("100"), 60),
    calendar=Calendar.WEEKDAY,
    starts_at=NOW,
    ends_at=NOW + 9 * HOUR,
)
BETTER = [
    {"sides": "BOTH"},
    {"sides": None},
    {"min_edge_bps": d("49.9999")},
    {"cap_per_assignment": d("100.1")},
    {"cap_per_assignment": None},
    {"cap_held": d("101")},
    {"window": Window(d("101"), 60)},
    {"window": Window(d("100"), 59)},
    {"window": None},
    {"calendar": Calendar.ALL},
    {"starts_at": NOW - HOUR},
    {"starts_at": None},
    {"ends_at": NOW + 10 * HOUR},
    {"ends_at": None},
]
WORSE = [
    {"sides": "SHORT"},
    {"min_edge_bps": d("50.0001")},
    {"min_edge_bps": None},
    {"cap_per_assignment": d("99.9")},
    {"cap_held": d("0")},
    {"window": Window(d("99"), 60)},
    {"window": Window(d("100"), 61)},
    {"window": Window(d("200"), 120)},
    {"calendar": Calendar.WEEKEND},
    {"starts_at": NOW + HOUR},
    {"ends_at": NOW + 8 * HOUR},
]


@pytest.mark.parametrize("change", BETTER, ids=str)
def test_what_gets_better_does_so_at_once(change) -> None:
    desired = replace(BASE, **change)
    assert is_no_worse(BASE, desired)
    assert revise([(NOW - HOUR, BASE)], desired, wider=NOTHING, now=NOW, notice=HOUR) == [(NOW, desired)]


@pytest.mark.parametrize("change", WORSE, ids=str)
def test_what_gets_worse_does_so_after_the_notice(change) -> None:
    desired = replace(BASE, **change)
    assert not is_no_worse(BASE, desired)
    assert revise([(NOW - HOUR, BASE)], desired, wider=NOTHING, now=NOW, notice=HOUR) == [(NOW + HOUR, desired)]


def test_a_change_to_both_sides_of_the_scale_is_split() -> None:
    desired = replace(BASE, min_edge_bps=d("40"), cap_held=d("50"))
    assert revise([(NOW, BASE)], desired, wider=NOTHING, now=NOW, notice=HOUR) == [
        (NOW, replace(BASE, min_edge_bps=d("40"))),
        (NOW + HOUR, desired),
    ]


def test_no_change_changes_nothing() -> None:
    assert revise([(NOW - HOUR, BASE)], BASE, wider=NOTHING, now=NOW, notice=HOUR) == []


def test_without_notice_everything_takes_effect_now() -> None:
    desired = replace(BASE, min_edge_bps=d("90"))
    assert revise([(NOW - HOUR, BASE)], desired, wider=NOTHING, now=NOW, notice=timedelta(0)) == [(NOW, desired)]


def test_what_was_announced_may_be_taken_back() -> None:
    timeline = [(NOW - HOUR, BASE), (NOW + HOUR / 2, replace(BASE, min_edge_bps=d("90")))]
    assert revise(timeline, BASE, wider=NOTHING, now=NOW, notice=HOUR) == []


def test_an_announced_change_keeps_its_instant_when_another_is_wished() -> None:
    announced = replace(BASE, min_edge_bps=d("90"))
    soon = NOW + HOUR / 2
    desired = replace(announced, cap_held=d("200"))
    assert revise([(NOW - HOUR, BASE), (soon, announced)], desired, wider=NOTHING, now=NOW, notice=HOUR) == [
        (NOW, replace(BASE, cap_held=d("200"))),
        (soon, desired),
    ]


def test_a_narrower_commitment_is_compared_with_what_the_wider_one_says() -> None:
    wider = StandingTerms(min_edge_bps=d("50"), cap_held=d("100"))
    narrow = StandingTerms(min_edge_bps=d("60"))
    takes_back = revise([(NOW - HOUR, narrow)], NOTHING, wider=wider, now=NOW, notice=HOUR)
    assert takes_back == [(NOW, NOTHING)]
    overrides = replace(narrow, cap_held=d("99"))
    assert revise([(NOW - HOUR, narrow)], overrides, wider=wider, now=NOW, notice=HOUR) == [(NOW + HOUR, overrides)]


numbers = st.none() | st.integers(0, 3).map(Decimal)
terms = st.builds(
    StandingTerms,
    sides=st.sampled_from([None, "LONG", "SHORT", "BOTH"]),
    min_edge_bps=numbers,
    cap_per_assignment=numbers,
    cap_held=numbers,
    window=st.none() | st.builds(Window, st.integers(0, 2).map(Decimal), st.integers(1, 3)),
    calendar=st.none() | st.sampled_from(Calendar),
    starts_at=st.none() | st.just(NOW) | st.just(NOW + HOUR),
    ends_at=st.none() | st.just(NOW + 2 * HOUR) | st.just(NOW + 3 * HOUR),
)


@given(current=terms, announced=st.none() | terms, desired=terms)
def test_until_the_notice_is_over_nothing_is_worse_than_it_was_going_to_be(current, announced, desired) -> None:
    soon = NOW + HOUR / 2
    before = [(NOW - HOUR, current), *([(soon, announced)] if announced else [])]
    revised = revise(before, desired, wider=NOTHING, now=NOW, notice=HOUR)
    after = [(NOW - HOUR, current), *revised]
    for moment in (NOW, soon, NOW + HOUR - timedelta(microseconds=1)):
        promised, given_now = terms_at(before, moment), terms_at(after, moment)
        assert promised is not None
        assert given_now is not None
        assert is_no_worse(promised, given_now)
    assert terms_at(after, NOW + HOUR) == desired
    instants = [at for at, _ in revised]
    assert instants == sorted(set(instants))
