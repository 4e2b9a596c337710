"""What a month of service is, what it earns, and that no budget or fee is ever passed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.service import MonthGrade, Served, ServiceTerms, is_paid, rebate, standby_fee, within

D = Decimal
MONTH = timedelta(days=30)
TERMS = ServiceTerms(
    standby_rate_bps=D(20), budget=D(5000), rebate_bps=D("0.5"), min_presence=D("0.95"), min_answers=D("0.8")
)
ENOUGH = timedelta(days=28.5)


@pytest.mark.parametrize(
    ("present", "asked", "answered", "grade"),
    [
        (ENOUGH, 5, 4, MonthGrade.GOOD),
        (ENOUGH - timedelta(microseconds=1), 5, 4, MonthGrade.POOR),
        (ENOUGH, 5, 3, MonthGrade.POOR),
        (ENOUGH, 5, 0, MonthGrade.NONE),
        (ENOUGH, 0, 0, MonthGrade.EXEMPT),
        (timedelta(), 0, 0, MonthGrade.POOR),
        (timedelta(), 1, 0, MonthGrade.NONE),
    ],
)
def test_a_share_that_is_exactly_the_smallest_is_enough(present, asked, answered, grade) -> None:
    assert Served(MONTH, present, asked, answered).grade(TERMS) is grade


def test_good_months_are_paid_and_exempt_ones_of_groups_that_had_activity() -> None:
    paid = {(grade, active) for grade in MonthGrade for active in (True, False) if is_paid(grade, active)}
    assert paid == {(MonthGrade.GOOD, True), (MonthGrade.GOOD, False), (MonthGrade.EXEMPT, True)}


def test_a_month_of_five_millions_at_twenty_basis_points_a_year() -> None:
    """5,000,000 x 0.2 % x 31 / 365 = 849.3150684…, rounded down."""
    assert standby_fee([D(5_000_000)] * 31, D(20), 6) == D("849.315068")
    assert standby_fee([D(5_000_000)] * 365, D(20), 6) == 10_000
    assert standby_fee([], D(20), 6) == 0


def test_a_rebate_is_rounded_down() -> None:
    assert rebate(D(240_000), D("0.5"), 6) == 12
    assert rebate(D("0.01"), D("0.5"), 6) == 0


def test_what_suffices_exactly_is_paid_in_full() -> None:
    assert within(D(3), {"a": D(1), "b": D(2)}, 0) == {"a": 1, "b": 2}
    assert within(D("2.99"), {"a": D(1), "b": D(2)}, 2) == {"a": D("1.00"), "b": D("1.99")}
    assert within(D(0), {"a": D(1), "b": D(0)}, 2) == {"a": 0, "b": 0}
    assert within(D(0), {}, 2) == {}


@given(limit=st.integers(0, 10**6), due=st.lists(st.integers(0, 10**6), max_size=6))
def test_nobody_has_more_than_its_due_and_all_together_no_more_than_there_is(limit, due) -> None:
    shares = within(D(limit), {place: D(amount) for place, amount in enumerate(due)}, 0)
    assert sum(shares.values()) == min(limit, sum(due))
    assert all(0 <= shares[place] <= amount for place, amount in enumerate(due))
