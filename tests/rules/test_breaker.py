"""What each level of the breaker still allows, and who starts anew after a drift."""

import pytest

from auctions.rules.breaker import Level, restarts_after_drift


@pytest.mark.parametrize(
    ("level", "opening", "restart", "bids"),
    [(0, True, True, True), (1, False, True, True), (2, False, False, True), (3, False, False, False)],
)
def test_each_level_stops_what_those_below_stop_and_one_thing_more(level, opening, restart, bids):
    level = Level(level)
    assert (level.allows_opening, level.allows_restart, level.allows_bids) == (opening, restart, bids)
    assert level.label.startswith(f"{level.value}: ")


@pytest.mark.parametrize(
    ("level", "restarts", "most", "again"),
    [(0, 0, 0, False), (0, 0, 1, True), (0, 1, 1, False), (1, 1, 2, True), (2, 0, 1, False), (3, 0, 1, False)],
)
def test_a_drift_restarts_while_restarts_are_left_and_the_breaker_allows_them(level, restarts, most, again):
    assert restarts_after_drift(Level(level), restarts, most) is again
