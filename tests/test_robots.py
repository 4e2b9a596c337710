"""The robots of demo and replay: what holds arrivals back is a machine that is late, not a robot that is."""

from datetime import UTC, datetime, timedelta

import pytest

from auctions.simulation.robots import LATE, LATE_OF_ITSELF, TOO_LATE, lateness_of

CLOSES_AT = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after_seconds", "late_seconds", "lateness"),
    [(0, 0, None), (0, 5, None), (1, 0, TOO_LATE), (1, 1, LATE_OF_ITSELF), (2, 1, TOO_LATE)],
)
def test_a_delay_that_a_robot_was_given_is_its_own(after_seconds, late_seconds, lateness) -> None:
    now = CLOSES_AT - LATE + timedelta(seconds=after_seconds)
    assert lateness_of(now, timedelta(seconds=late_seconds), CLOSES_AT) == lateness
