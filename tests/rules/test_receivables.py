"""What is owed of what was lent: interest by the second, rounded down once, and repaid first."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.sharing.receivables import Loan, Owed, Repaid

SINCE = datetime(2027, 3, 1, tzinfo=UTC)
YEAR = timedelta(seconds=31_536_000)


def owed(after: timedelta, *repaid: Repaid, lent: str = "1000", bps: str = "1000", scale: int = 2) -> Owed:
    return Loan(Decimal(lent), Decimal(bps), SINCE, repaid, scale).owed_at(SINCE + after)


def test_a_year_has_31_536_000_seconds() -> None:
    assert owed(YEAR) == Owed(Decimal(1000), Decimal(100))
    assert owed(YEAR / 4) == Owed(Decimal(1000), Decimal(25))


def test_interest_is_rounded_down_to_the_smallest_amount() -> None:
    """1,000 at 10 % earn a cent in 3,153.6 seconds."""
    assert owed(timedelta(seconds=3153.599999)).interest == 0
    assert owed(timedelta(seconds=3153.6)).interest == Decimal("0.01")


def test_interest_is_repaid_first_and_what_is_left_earns_on() -> None:
    """100 after a year; 600 repay these and 500, of which another year earns 50."""
    part = owed(YEAR).part(Decimal(600))
    assert part == Owed(Decimal(500), Decimal(100))
    assert owed(2 * YEAR, Repaid(SINCE + YEAR, part)) == Owed(Decimal(500), Decimal(50))
    assert owed(YEAR).part(Decimal(100)) == Owed(Decimal(0), Decimal(100))
    assert owed(YEAR).part(Decimal("100.01")) == Owed(Decimal("0.01"), Decimal(100))


def test_what_is_repaid_whole_earns_no_more() -> None:
    part = owed(YEAR).part(Decimal(1100))
    assert owed(5 * YEAR, Repaid(SINCE + YEAR, part)) == Owed(Decimal(0), Decimal(0))


def test_who_repays_a_little_each_second_owes_no_less_interest() -> None:
    """A cent each second of a minute, which is all principal, saves what these cents would have earned, no more."""
    repaid: list[Repaid] = []
    for second in range(1, 60):
        part = owed(timedelta(seconds=second), *repaid, lent="60000").part(Decimal("0.01"))
        repaid.append(Repaid(SINCE + timedelta(seconds=second), part))
    minute = timedelta(minutes=1)
    interest = sum(each.of.interest for each in repaid) + owed(minute, *repaid, lent="60000").interest
    assert interest == owed(minute, lent="60000").interest == Decimal("0.01")


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 100_000)), max_size=8), st.integers(0, 20_000))
def test_all_that_is_repaid_is_what_was_lent_and_its_interest(steps: list[tuple[int, int]], bps: int) -> None:
    repaid: list[Repaid] = []
    after = timedelta()
    for seconds, cents in steps:
        after += timedelta(seconds=seconds)
        before = owed(after, *repaid, bps=str(bps))
        part = before.part(min(Decimal(cents).scaleb(-2), before.amount))
        repaid.append(Repaid(SINCE + after, part))
        left = owed(after, *repaid, bps=str(bps))
        assert left == before.less(part) == Owed(before.principal - part.principal, before.interest - part.interest)
        assert min(left.principal, left.interest) >= 0
    assert sum(each.of.principal for each in repaid) + owed(after, *repaid).principal == 1000
