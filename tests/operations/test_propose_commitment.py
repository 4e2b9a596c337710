"""A standing bid is proposed, and bids nothing until it is approved."""

from decimal import Decimal

import pytest

from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.rules.terms import StandingTerms
from backstop import clock
from tests.market import edge_for

pytestmark = pytest.mark.django_db


def test_a_proposal_bids_nothing_until_it_is_approved_and_then_for_books_that_come(
    venue, bitcoin, alice, travel
) -> None:
    before = travel.freeze()
    commitment = propose_commitment(provider=alice, terms=StandingTerms(min_edge_bps=Decimal(5)))
    assert edge_for(venue, bitcoin, before) is None
    travel(seconds=1)
    approve_commitment(commitment_id=commitment.id)
    assert edge_for(venue, bitcoin, before) is None
    assert edge_for(venue, bitcoin, clock.now()) == 5
