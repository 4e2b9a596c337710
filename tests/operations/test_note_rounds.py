"""Rounds say which process looked for work at which stage, and are written no more often than they have to be."""

from datetime import timedelta

import pytest

from auctions.models import Program, Round
from auctions.operations.sweeps.note_rounds import note_rounds
from auctions.queries import list_looked_after
from backstop import clock
from tests.builders import perform

pytestmark = pytest.mark.django_db


def note(*stages: str, program: Program = Program.WORKER, venues: tuple[str, ...] = ()) -> None:
    perform(note_rounds, program=program, stages=stages, venues=venues)


def test_a_process_says_when_it_was_last_at_each_stage(travel):
    ended_at = travel.freeze()
    note("settle_awards", "close_books")
    assert set(Round.objects.values_list("stage", "ended_at")) == {
        ("settle_awards", ended_at),
        ("close_books", ended_at),
    }
    assert Round.objects.values("process").distinct().count() == 1


def test_within_half_a_second_it_is_not_written_again_and_after_it_is(travel):
    ended_at = travel.freeze()
    note("settle_awards")
    travel.to(ended_at + timedelta(seconds=0.499))
    note("settle_awards")
    assert Round.objects.get().ended_at == ended_at
    travel.to(ended_at + timedelta(seconds=0.5))
    note("settle_awards")
    assert Round.objects.get().ended_at == ended_at + timedelta(seconds=0.5)


def test_workers_look_after_their_venues_for_two_seconds_and_a_clock_counts_for_none(travel):
    travel.freeze()
    assert list_looked_after("settle_awards", clock.now()) == set()
    note("settle_awards", program=Program.CLOCK)
    assert list_looked_after("settle_awards", clock.now()) == set()
    Round.objects.all().delete()
    note("settle_awards", venues=("north", "south"))
    assert list_looked_after("settle_awards", clock.now()) == {"north", "south"}
    assert list_looked_after("close_books", clock.now()) == set()
    Round.objects.update(venues=[])
    assert list_looked_after("settle_awards", clock.now()) is None
    travel(seconds=2)
    assert list_looked_after("settle_awards", clock.now()) == set()


def test_who_has_said_nothing_for_an_hour_is_forgotten(travel):
    travel.freeze()
    note("settle_awards")
    Round.objects.update(process="elsewhere:1")
    travel(hours=1)
    note("settle_awards")
    assert Round.objects.count() == 2
    travel(microseconds=1)
    note("settle_awards")
    assert Round.objects.exclude(process="elsewhere:1").count() == Round.objects.count() == 1
