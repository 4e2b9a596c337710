"""A suspended standing bid stands again."""

from uuid import UUID

from accounts.desks.commitments import lock_commitment, move_commitment, require_state
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from backstop.transactions import operation


@operation
def resume_commitment(*, commitment_id: UUID, reason: str = "") -> Commitment:
    """It stands again, for books that are received from now on."""
    commitment = lock_commitment(commitment_id)
    require_state(commitment, CommitmentState.SUSPENDED)
    return move_commitment(commitment, CommitmentState.ACTIVE, reason, "commitment_resumed")
