"""A heartbeat says that workers look after a stage, and is written no more often than it has to be."""

from datetime import timedelta

import pytest

from auctions.models import Heartbeat
from auctions.operations.sweeps.note_heartbeat import note_heartbeat
from tests.builders import perform

pytestmark = pytest.mark.django_db


def test_a_stage_that_is_looked_after_says_when_it_was_last(travel):
    beaten_at = travel.freeze()
    perform(note_heartbeat, stage="settle_awards")
    assert Heartbeat.objects.get(stage="settle_awards").beat_at == beaten_at


def test_within_half_a_second_it_is_not_written_again_and_after_it_is(travel):
    beaten_at = travel.freeze()
    perform(note_heartbeat, stage="settle_awards")
    travel.to(beaten_at + timedelta(seconds=0.499))
    perform(note_heartbeat, stage="settle_awards")
    assert Heartbeat.objects.get().beat_at == beaten_at
    travel.to(beaten_at + timedelta(seconds=0.5))
    perform(note_heartbeat, stage="settle_awards")
    assert Heartbeat.objects.get().beat_at == beaten_at + timedelta(seconds=0.5)
