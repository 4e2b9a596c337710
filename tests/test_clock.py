"""Time is the database's, and in tests the database's time can be moved."""

from datetime import timedelta

import pytest
from django.db import connection

from backstop import clock
from tests.conftest import Travel

pytestmark = pytest.mark.django_db


def test_the_real_clock_is_the_wall_clock_of_the_database_at_each_call() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT replaced FROM clock_travel")
        (real,) = cursor.fetchone()
    assert "VOLATILE" not in real  # the default, which PostgreSQL does not spell out
    assert "STABLE" not in real
    assert "IMMUTABLE" not in real
    assert real.split("$function$")[1].strip() == "SELECT clock_timestamp()"


def test_time_goes_on_within_a_transaction() -> None:
    assert clock.now() < clock.now()


def test_travelling_moves_what_every_statement_sees(travel: Travel) -> None:
    before = clock.now()
    travel(hours=3)
    assert timedelta(hours=3) <= clock.now() - before < timedelta(hours=3, minutes=30)


def test_a_frozen_clock_stands_still(travel: Travel) -> None:
    assert travel.freeze() == clock.now() == clock.now()


def test_a_frozen_clock_can_be_moved_to_the_instant_of_a_deadline(travel: Travel) -> None:
    start = travel.freeze()
    travel(seconds=3)
    assert clock.now() == start + timedelta(seconds=3)


def test_the_clock_is_home_again_after_a_test_that_travelled() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT shift = interval '0' AND frozen_at IS NULL FROM clock_travel")
        assert cursor.fetchone() == (True,)
