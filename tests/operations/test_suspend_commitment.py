"""A standing bid that is suspended offers nothing more, whether it had been approved or not."""

import pytest
from django.db import transaction

from accounts.lifecycle import CommitmentState
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from tests.builders import a_commitment
from tests.market import edge_for
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_what_stands_offers_nothing_from_the_instant_of_its_suspension(venue, bitcoin, alice) -> None:
    commitment = a_commitment(alice)
    assert edge_for(venue, bitcoin, clock.now()) == 50
    suspended = suspend_commitment(commitment_id=commitment.id, reason="two failed settlements")
    assert (suspended.state, suspended.state_reason) == (CommitmentState.SUSPENDED, "two failed settlements")
    assert edge_for(venue, bitcoin, clock.now()) is None


def test_a_proposal_can_be_suspended_too_and_nothing_twice(alice) -> None:
    proposed = a_commitment(alice, state=CommitmentState.PROPOSED)
    assert suspend_commitment(commitment_id=proposed.id, reason="unfunded").state == CommitmentState.SUSPENDED
    with refused(AccountRefusal.COMMITMENT_NOT_IN_STATE), transaction.atomic():
        suspend_commitment(commitment_id=proposed.id, reason="again")
    proposed.refresh_from_db()
    assert proposed.state_reason == "unfunded"
