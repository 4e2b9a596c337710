"""The life of a standing bid: what each state allows, and who is told."""

from decimal import Decimal

import pytest

from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.models import Event
from tests.builders import a_commitment
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_only_what_the_state_allows_is_done_and_only_with_a_reason(alice) -> None:
    commitment = a_commitment(alice)
    with refused(AccountRefusal.COMMITMENT_NOT_IN_STATE):
        approve_commitment(commitment_id=commitment.id)
    with refused(AccountRefusal.COMMITMENT_NOT_IN_STATE):
        resume_commitment(commitment_id=commitment.id)
    with refused(AccountRefusal.REASON_MISSING):
        suspend_commitment(commitment_id=commitment.id, reason=" ")
    with refused(AccountRefusal.REASON_MISSING):
        suspend_provider(provider=alice, reason="")


def test_every_change_is_an_event_for_its_provider(alice) -> None:
    commitment = propose_commitment(provider=alice, terms=StandingTerms(min_edge_bps=Decimal(5)))
    approve_commitment(commitment_id=commitment.id)
    change_commitment(provider=alice, commitment_id=commitment.id, changes={"min_edge_bps": Decimal(4)})
    suspend_commitment(commitment_id=commitment.id, reason="late")
    resume_commitment(commitment_id=commitment.id)
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    events = Event.objects.filter(subject_id=commitment.id, provider_id=alice.id).order_by("id")
    assert [event.kind for event in events] == [
        "commitment_proposed",
        "commitment_approved",
        "commitment_changed",
        "commitment_suspended",
        "commitment_resumed",
        "commitment_withdrawn",
    ]
    assert events[3].payload == {"reason": "late"}
