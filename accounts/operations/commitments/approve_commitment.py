"""A standing bid is approved: from then on, or after its notice, books are assigned to it.

Who approved it is the actor of the event that says so.
"""

from datetime import timedelta
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.commitments import (
    latest_terms,
    lock_commitment,
    record_commitment,
    require_state,
    venue_of_commitment,
    wider_terms,
)
from accounts.desks.defaults import require_no_default
from accounts.events import CommitmentApproved
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment
from accounts.rules.approvals import unmeasured
from accounts.rules.notice import is_no_worse
from accounts.rules.terms import merge
from backstop import clock
from backstop.models.base import save_changes
from backstop.queries import get_notice_seconds
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=venue_of_commitment)
def approve_commitment(*, commitment_id: UUID, reason: str = "") -> Commitment:
    """It stands from now on; after the notice where it offers less than the wider one that it overrides.

    Raises `provider_in_default`.
    """
    commitment = lock_commitment(commitment_id)
    require_no_default(commitment.provider_id)
    require_state(commitment, CommitmentState.PROPOSED)
    now = clock.now()
    wider = wider_terms(commitment, now)
    merged, _ = merge([(commitment.id, wider), (commitment.id, latest_terms(commitment))])
    offers_less = wider.min_edge_bps is not None and not is_no_worse(wider, merged)
    notice = timedelta(seconds=get_notice_seconds(commitment.venue, now) if offers_less else 0)
    commitment.approve(now + notice, now)
    save_changes([commitment])
    record_commitment(commitment, CommitmentApproved, active_at=commitment.active_at, reason=reason)
    return commitment
