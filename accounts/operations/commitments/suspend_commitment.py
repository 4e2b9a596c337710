"""The life of a standing bid: proposed and changed by its provider, approved and suspended by the venue's people.

Called by /v1/commitments and the admin. Guarantees that nothing gets worse for the venue before its notice is over,
and that every change is an event.
"""

from uuid import UUID

from accounts.desks.commitments import lock_commitment, move_commitment, require_state
from accounts.events import CommitmentSuspended
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from accounts.rules.refusals import ReasonMissing
from backstop.transactions import operation


@operation
def suspend_commitment(*, commitment_id: UUID, reason: str) -> Commitment:
    """Nothing more is taken from it from now on, not even for books that were received before."""
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    commitment = lock_commitment(commitment_id)
    require_state(commitment, CommitmentState.PROPOSED, CommitmentState.ACTIVE)
    return move_commitment(commitment, CommitmentState.SUSPENDED, reason, CommitmentSuspended)
