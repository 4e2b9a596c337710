"""Standby is exact over whatever gaps there are, the same in one piece or in many, and counts every unit once."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from types import FrameType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.commitments import StandingBid
from accounts.rules.standby import Promise, StandbyPlace, StandbyWatch, Use, value_at
from accounts.rules.terms import StandingTerms, Window
from backstop.values.periods import Calendar

D = Decimal
BEGIN = datetime(2027, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GROUP, OTHER = UUID(int=1), UUID(int=2)
EVER = datetime.min.replace(tzinfo=UTC)


def after(hours: float) -> datetime:
    return BEGIN + timedelta(hours=hours)


def promise(number: int = 1, suspended=((EVER, False),), uses=(), anchor_at=None, **terms) -> Promise:
    timeline = ((EVER, StandingTerms(**{"min_edge_bps": D(50), **terms})),)
    bid = StandingBid(UUID(int=number), False, EVER, timeline, anchor_at, {}, D(0))
    return Promise(bid, suspended, uses)


def place(*promises: Promise, group: UUID = GROUP, name: str = "PERPS", **fields) -> StandbyPlace:
    said = {"unit_hold": ((EVER, D("0.1")),), "halted": ((EVER, False),), "max_edge_bps": D(50), "rate_bps": D(20)}
    return StandbyPlace(group, name, promises or (promise(),), **{**said, **fields})


A_THOUSAND = ((EVER, D(1000)),)


def watch(*places: StandbyPlace, free=A_THOUSAND, barred=((EVER, False),)) -> StandbyWatch:
    return StandbyWatch(places or (place(),), free, barred, scale=2)


def test_what_holds_at_an_instant_is_what_began_at_it_or_last_before() -> None:
    steps = ((after(1), "one"), (after(2), "two"))
    assert [value_at(steps, after(hours)) for hours in (0, 1, 1.5, 2, 3)] == ["one", "one", "one", "two", "two"]


def test_a_whole_day_is_present_with_what_collateral_covers() -> None:
    stood = watch().count(BEGIN, BEGIN + DAY)[GROUP]
    assert (stood.present, stood.capacity) == (DAY, 10_000)


gaps = st.lists(
    st.tuples(st.integers(0, 86_400 * 10**6 - 1), st.integers(1, 3600 * 10**6)), max_size=4
)  # since the beginning, and how long, in microseconds


@given(gaps=gaps, kind=st.sampled_from(["suspended", "barred", "halted", "unfunded", "delisted"]))
def test_presence_over_known_gaps_is_exact(gaps, kind) -> None:
    """Worked the other way round: microseconds that no gap covers."""
    spans = [(at, min(at + length, 86_400 * 10**6)) for at, length in gaps]
    ends = sorted({each for span in spans for each in span})
    steps = [(EVER, False)]
    for at in ends:
        steps.append((BEGIN + timedelta(microseconds=at), any(first <= at < last for first, last in spans)))
    lacking = sum(last - first for first, last in pairwise(ends) if any(begin <= first < end for begin, end in spans))
    match kind:
        case "suspended":
            watched = watch(place(promise(suspended=steps)))
        case "barred":
            watched = watch(barred=steps)
        case "halted":
            watched = watch(place(halted=steps))
        case "unfunded":
            watched = watch(free=[(at, D(0) if gap else D(1000)) for at, gap in steps])
        case _:
            watched = watch(place(unit_hold=[(at, None if gap else D("0.1")) for at, gap in steps]))
    stood = watched.count(BEGIN, BEGIN + DAY)[GROUP]
    assert stood.present == DAY - timedelta(microseconds=lacking)
    exact = D(10_000) * (86_400 * 10**6 - lacking) / (86_400 * 10**6)
    assert 0 <= exact - stood.capacity < D("0.01")


@given(
    money=st.lists(st.tuples(st.integers(0, 86_399), st.integers(0, 10**6)), max_size=5),
    cut=st.integers(1, 86_399),
)
def test_a_day_in_two_parts_is_the_same(money, cut) -> None:
    free = [(EVER, D(5)), *sorted((BEGIN + timedelta(seconds=at), D(amount)) for at, amount in money)]
    watched, middle = watch(free=free), BEGIN + timedelta(seconds=cut)
    whole = watched.count(BEGIN, BEGIN + DAY)[GROUP]
    first, second = watched.count(BEGIN, middle)[GROUP], watched.count(middle, BEGIN + DAY)[GROUP]
    assert first.present + second.present == whole.present
    together = (first.capacity * cut + second.capacity * (86_400 - cut)) / 86_400
    assert abs(whole.capacity - together) < D("0.01"), "but for what is rounded down of each"


@given(
    free=st.integers(0, 10**6),
    caps=st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=4),
    holds=st.lists(st.sampled_from([D("0.05"), D("0.1"), D(1)]), min_size=4, max_size=4),
)
def test_no_unit_of_collateral_or_of_a_cap_counts_twice(free, caps, holds) -> None:
    wide = promise(99, window=Window(D(5000), 3600))
    places = [
        place(
            wide,
            promise(number, cap_per_assignment=None if cap is None else D(cap)),
            group=UUID(int=number),
            name=str(number),
            unit_hold=((EVER, holds[number]),),
        )
        for number, cap in enumerate(caps)
    ]
    counted = watch(*places, free=((EVER, D(free)),)).count(BEGIN, BEGIN + DAY)
    capacities = [counted[UUID(int=number)].capacity for number in range(len(caps))]
    assert sum(capacities) <= 5000, "the window is one, whoever inherits it"
    assert sum(c * hold for c, hold in zip(capacities, holds, strict=False)) <= free
    assert all(cap is None or c <= cap for c, cap in zip(capacities, caps, strict=True))


def test_collateral_counts_where_it_earns_most() -> None:
    """20 bps for 0.1 of collateral is less than 15 for 0.05."""
    dear, cheap = place(), place(group=OTHER, name="ALTS", unit_hold=((EVER, D("0.05")),), rate_bps=D(15))
    counted = watch(dear, cheap).count(BEGIN, BEGIN + DAY)
    assert (counted[GROUP].capacity, counted[OTHER].capacity) == (0, 20_000)
    assert counted[GROUP].present == counted[OTHER].present == DAY


@pytest.mark.parametrize(
    ("terms", "fields", "there"),
    [
        ({"min_edge_bps": D(50)}, {}, True),
        ({"min_edge_bps": D("50.0001")}, {}, False),
        ({"min_edge_bps": None}, {}, False),
        ({"cap_per_assignment": D(0)}, {}, False),
        ({"cap_held": D(0)}, {}, False),
        ({"calendar": Calendar.WEEKDAY}, {}, True),
        ({"calendar": Calendar.WEEKEND}, {}, False),
        ({"starts_at": BEGIN + DAY}, {}, False),
        ({"ends_at": BEGIN}, {}, False),
        ({"sides": "LONG"}, {}, True),
    ],
)
def test_who_is_there_on_a_monday(terms, fields, there) -> None:
    watched = watch(place(promise(**terms), **fields))
    assert watched.present_at(BEGIN) == (frozenset({GROUP}) if there else frozenset())
    assert watched.count(BEGIN, BEGIN + DAY)[GROUP].present == (DAY if there else timedelta())


def test_what_is_used_of_a_window_is_back_when_it_is_returned_or_the_window_is_over() -> None:
    """100 from 02:00 in the window of 01:00 to 13:00; of it 40 are given back at 05:00."""
    uses = (Use(after(1), D(60), after(2), None), Use(after(1), D(40), after(2), after(5)))
    taken = promise(uses=uses, anchor_at=after(1), window=Window(D(100), 12 * 3600))
    stood = watch(place(taken)).count(BEGIN, BEGIN + DAY)[GROUP]
    assert stood.present == DAY - timedelta(hours=3)
    assert stood.capacity == (D(100) * 13 + D(40) * 8) / 24


def test_what_is_held_counts_against_its_cap_from_the_instant_on_and_what_has_no_price_leaves_nothing() -> None:
    """Of 100: 40 are free until 06:00, nothing at 100 exactly until 12:00, nor without a price until 18:00."""
    held = ((EVER, D(60)), (after(6), D(100)), (after(12), None), (after(18), D(0)))
    stood = watch(place(replace(promise(cap_held=D(100)), held=held))).count(BEGIN, BEGIN + DAY)[GROUP]
    assert stood.present == DAY / 2
    assert stood.capacity == (D(40) + D(100)) / 4


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python that takes."""
    lines = Counter[str]()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        lines[event] += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines["line"]


def test_a_day_of_ten_times_the_changes_is_ten_times_the_work() -> None:
    """Of what is free, and of what is used of windows of a minute: each given back after another."""

    def counting(changes: int) -> StandbyWatch:
        moments = [BEGIN + timedelta(seconds=70 * number) for number in range(changes)]
        uses = tuple(Use(at, D(1), at, at + timedelta(seconds=100)) for at in moments)
        free = [(at, D(number % 7)) for number, at in enumerate(moments)]
        return watch(place(promise(uses=uses, anchor_at=BEGIN, window=Window(D(100), 60))), free=free)

    few, many = (counting(changes) for changes in (100, 1000))
    assert lines_run(lambda: many.count(BEGIN, BEGIN + DAY)) < 10.5 * lines_run(lambda: few.count(BEGIN, BEGIN + DAY))


def test_what_is_free_may_change_each_second_however_many_places_there_are() -> None:
    places = tuple(place(promise(number), name=f"PERPS {number}") for number in range(80))
    moments = [BEGIN + timedelta(seconds=number) for number in range(100)]
    still, busy = (watch(*places, free=free) for free in (A_THOUSAND, [(at, D(at.second)) for at in moments]))
    assert lines_run(lambda: busy.count(BEGIN, BEGIN + DAY)) < 5 * lines_run(lambda: still.count(BEGIN, BEGIN + DAY))


def test_a_narrower_commitment_that_is_suspended_takes_its_instrument_away_alone() -> None:
    narrow = promise(2, suspended=((EVER, True),))
    watched = watch(place(promise(), narrow), place(promise(), name="PERPS SOL", group=OTHER))
    assert watched.present_at(BEGIN) == {OTHER}


def test_who_has_no_commitment_yet_is_not_there() -> None:
    proposed = promise()
    assert watch(place(replace(proposed, bid=replace(proposed.bid, active_at=None)))).present_at(BEGIN) == frozenset()
