"""A standing bid ends after the notice, and may be offered again."""

from datetime import timedelta

import pytest

from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from backstop import clock
from tests.builders import a_commitment
from tests.market import edge_for

pytestmark = pytest.mark.django_db


HOUR = timedelta(hours=1)


def test_a_withdrawn_commitment_still_stands_for_books_of_before_its_end(venue, bitcoin, alice, travel) -> None:
    start = travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    later = travel(hours=2)
    assert edge_for(venue, bitcoin, start + HOUR - timedelta(microseconds=1), later) == 50
    assert edge_for(venue, bitcoin, start + HOUR, later) is None


def test_what_was_withdrawn_can_be_offered_again(venue, bitcoin, alice, travel) -> None:
    travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    travel(hours=2)
    change_commitment(provider=alice, commitment_id=commitment.id, changes={"ends_at": None})
    assert edge_for(venue, bitcoin, clock.now()) == 50
