"""Where a cover may stand: what one event can hit at once counts, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.rules.sharing.placing import CoverSpan, most_before

START = datetime(2027, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def span(attachment: int, limit: int, party: str | None = None, years: tuple[int, int] = (0, 1)) -> CoverSpan:
    first, last = (START + each * YEAR for each in years)
    return CoverSpan(Decimal(attachment), Decimal(limit), party, "", first, last)


def test_end_to_end_in_time_no_event_opens_under_both() -> None:
    first, second = span(0, 10, years=(0, 1)), span(0, 10, years=(1, 2))
    assert not first.overlaps(second)
    assert first.overlaps(replace(second, covers_from=second.covers_from - timedelta(microseconds=1)))


def test_what_is_over_before_it_begins_meets_nothing() -> None:
    assert not span(0, 10, years=(1, 1)).meets(span(0, 10, years=(0, 2)))


@pytest.mark.parametrize(
    ("others", "most"),
    [
        ([], 0),
        ([span(0, 10, "X"), span(0, 7, "Y")], 10),
        ([span(0, 10, "X"), span(0, 7, "Y"), span(10, 5)], 15),
        ([span(0, 10, years=(-1, 0))], 0),
        ([span(0, 10, years=(-1, 1)), span(0, 7, years=(1, 2))], 10),
        ([span(100, 10)], 0),
    ],
)
def test_before_it_counts_the_most_that_one_event_can_cost_others(others: list[CoverSpan], most: int) -> None:
    assert most_before(span(100, 10, years=(0, 2)), others) == most


def test_of_one_party_it_counts_the_venues_and_its_own() -> None:
    lower = [span(0, 10, "X"), span(0, 70, "Y"), span(10, 5)]
    assert most_before(span(100, 10, "X"), lower) == 15


def test_it_stands_for_no_event_that_opens_while_it_is_suspended_and_yet_counts_as_before_others() -> None:
    since, until = START + YEAR, START + 2 * YEAR
    suspended = replace(span(0, 10, years=(0, 3)), gaps=((since, until),))
    stands = [suspended.stands_for((None, ""), at) for at in (since, until - timedelta(microseconds=1), until)]
    assert stands == [False, False, True]
    assert not replace(suspended, gaps=((since, None),)).stands_for((None, ""), until)
    assert most_before(span(100, 10, years=(1, 2)), [suspended]) == 10
