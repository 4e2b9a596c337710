"""A suspended standing bid stands again."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.commitments import lock_commitment, record_commitment, require_state, venue_of_commitment
from accounts.desks.defaults import require_no_default
from accounts.events import CommitmentResumed
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from accounts.rules.approvals import unmeasured
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=venue_of_commitment)
def resume_commitment(*, commitment_id: UUID, reason: str = "") -> Commitment:
    """It stands again, for books that are received from now on. Raises `provider_in_default`."""
    commitment = lock_commitment(commitment_id)
    require_no_default(commitment.provider_id)
    require_state(commitment, CommitmentState.SUSPENDED)
    commitment.resume(reason, clock.now())
    save_changes([commitment])
    record_commitment(commitment, CommitmentResumed, reason=reason)
    return commitment
