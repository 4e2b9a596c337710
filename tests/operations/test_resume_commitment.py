"""A standing bid that was suspended stands again, for books that come later."""

import pytest

from accounts.lifecycle import CommitmentState
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from backstop import clock
from tests.builders import a_commitment
from tests.market import edge_for

pytestmark = pytest.mark.django_db


def test_suspension_is_immediate_for_books_under_way_and_resuming_is_for_later_ones(
    venue, bitcoin, alice, travel
) -> None:
    received = travel.freeze()
    commitment = a_commitment(alice)
    suspend_commitment(commitment_id=commitment.id, reason="two failed settlements")
    assert edge_for(venue, bitcoin, received) is None
    travel(seconds=1)
    resumed = resume_commitment(commitment_id=commitment.id, reason="explained")
    assert (resumed.state, resumed.state_reason) == (CommitmentState.ACTIVE, "explained")
    assert edge_for(venue, bitcoin, received) is None
    assert edge_for(venue, bitcoin, clock.now()) == 50
