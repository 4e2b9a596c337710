"""What a clock shows while nothing runs."""

from datetime import UTC, datetime, timedelta

import pytest

from auctions.rules.outages import LastBeat

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(("seconds", "lost"), [(9, False), (10, False), (10.000001, True)])
def test_a_gap_is_an_outage_where_it_is_longer_than_allowed(seconds, lost):
    beat_at = NOW - timedelta(seconds=seconds)
    last_beat = LastBeat(beat_at, 10)
    assert last_beat.lost_since(NOW) == (beat_at if lost else None)
    assert last_beat.shown_at(NOW, LONG_AGO) == (beat_at if lost else NOW)


def test_what_opened_in_an_outage_shows_its_opening():
    assert LastBeat(LONG_AGO, 10).shown_at(NOW, NOW - timedelta(seconds=3)) == NOW - timedelta(seconds=3)


@pytest.mark.parametrize("last_beat", [LastBeat(), LastBeat(LONG_AGO, None), LastBeat(None, 10)])
def test_where_nothing_ever_beat_or_any_gap_is_allowed_time_goes_on(last_beat):
    assert last_beat.shown_at(NOW, LONG_AGO) == NOW
