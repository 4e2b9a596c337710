"""The life of a standing bid: proposed and changed by its provider, approved and suspended by the venue's people.

Called by /v1/commitments and the admin. Guarantees that nothing gets worse for the venue before its notice is over,
and that every change is an event.
"""

from uuid import UUID

from accounts.desks.commitments import lock_commitment, move_commitment, require_state
from accounts.events import CommitmentResumed
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from backstop.transactions import operation


@operation
def resume_commitment(*, commitment_id: UUID, reason: str = "") -> Commitment:
    """It stands again, for books that are received from now on."""
    commitment = lock_commitment(commitment_id)
    require_state(commitment, CommitmentState.SUSPENDED)
    return move_commitment(commitment, CommitmentState.ACTIVE, reason, CommitmentResumed)
