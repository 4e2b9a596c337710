"""What of its limit a cover stands for: it falls when a notice is over, and at that instant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.rules.sharing.levels import AskedLimit, limit_at_level, most_asked, next_fall

NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def asked(*limits: tuple[float, int]) -> list[AskedLimit]:
    return [AskedLimit(after(hours), after(hours), Decimal(limit), "CALM", "1") for hours, limit in limits]


def test_a_level_is_rounded_down() -> None:
    assert limit_at_level(Decimal("1.00"), Decimal("0.3333"), 2) == Decimal("0.33")
    assert limit_at_level(Decimal(5000), Decimal(0), 2) == 0


@pytest.mark.parametrize(("hours", "limit"), [(0, 5000), (23.999, 5000), (24, 2500), (48, 2500)])
def test_a_fall_is_over_with_its_notice_and_at_that_instant(hours, limit) -> None:
    assert most_asked(asked((-9, 5000), (0, 2500)), after(hours), DAY).limit == limit


def test_without_a_notice_it_falls_at_once() -> None:
    assert most_asked(asked((-9, 5000), (0, 2500)), NOON, timedelta()).limit == 2500


def test_two_falls_have_a_notice_each() -> None:
    moves = asked((-9, 5000), (0, 2500), (6, 1000))
    found = [most_asked(moves, after(hours), DAY).limit for hours in (23, 24, 29, 30)]
    assert found == [5000, 2500, 2500, 1000]


def test_what_is_asked_for_again_in_time_does_not_fall() -> None:
    moves = asked((-9, 5000), (0, 1000), (23, 5000))
    assert {most_asked(moves, after(hours), DAY).limit for hours in range(48)} == {Decimal(5000)}
    assert next_fall(Decimal(5000), moves, after(23), DAY) is None


def test_what_is_told_late_falls_a_notice_after_that() -> None:
    late = AskedLimit(NOON, after(5), Decimal(2500), "STRESSED", "1")
    moves = [*asked((-9, 5000)), late]
    assert [most_asked(moves, after(hours), DAY).limit for hours in (24, 28.999, 29)] == [5000, 5000, 2500]
    assert next_fall(Decimal(5000), moves, after(5), DAY) == after(29)


def test_the_next_fall_is_told() -> None:
    moves = asked((-9, 5000), (0, 5000), (3, 2500), (6, 1000))
    assert next_fall(Decimal(5000), moves, after(6), DAY) == after(27)
    assert next_fall(Decimal(2500), moves, after(27), DAY) == after(30)
    assert next_fall(Decimal(1000), moves, after(30), DAY) is None
