"""Months are calendar months in UTC, and each begins where the last one ended."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backstop.values.periods import Month


def test_a_month_begins_where_the_last_one_ended():
    assert Month(2026, 12).following == Month(2027, 1)
    assert Month(2027, 1).previous == Month(2026, 12)
    month = Month(2026, 1)
    for _ in range(30):
        assert month.ends_at == month.following.starts_at
        assert month.following.previous == month
        month = month.following


def test_a_moment_is_of_the_month_in_utc():
    first = datetime(2026, 12, 1, tzinfo=UTC)
    assert Month.around(first) == Month(2026, 12)
    assert Month.around(first - timedelta(microseconds=1)) == Month(2026, 11)
    assert Month.around(datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == Month(2026, 11)
    with pytest.raises(ValueError, match="no time zone"):
        Month.around(datetime(2026, 12, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["2026-00", "2026-13", "2026-1", "0026-01", "2026-011", " 2026-01", "2026/01", "\uff12026-01"]
)
def test_what_names_no_month_is_none(text: str):
    assert Month.named(text) is None


def test_a_month_is_named_as_it_is_told():
    assert Month.named("2026-03") == Month(2026, 3)
    assert str(Month(2026, 3)) == "2026-03"
