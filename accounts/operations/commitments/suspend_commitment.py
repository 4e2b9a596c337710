"""A standing bid is suspended, at once and for a reason that its provider can read."""

from uuid import UUID

from accounts.desks.commitments import lock_commitment, record_commitment, require_state
from accounts.events import CommitmentSuspended
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def suspend_commitment(*, commitment_id: UUID, reason: str) -> Commitment:
    """Nothing more is taken from it from now on, not even for books that were received before."""
    reason = require_reason(reason)
    commitment = lock_commitment(commitment_id)
    require_state(commitment, CommitmentState.PROPOSED, CommitmentState.ACTIVE)
    commitment.suspend(reason, clock.now())
    save_changes([commitment])
    record_commitment(commitment, CommitmentSuspended, reason=reason)
    return commitment
