"""A provider ends its standing bid, after the notice that it owes."""

from uuid import UUID

from accounts.desks.commitments import latest_terms, lock_commitment, notice_of, record_commitment, revise_terms
from accounts.events import CommitmentWithdrawn
from accounts.models import Commitment, Provider
from backstop import clock
from backstop.transactions import operation


@operation
def withdraw_commitment(
    *, provider: Provider, commitment_id: UUID, versions: tuple[str, ...] | None = None, reason: str = ""
) -> Commitment:
    """End it, of one of these versions alone if any is named, as soon as the notice allows; one that was never approved
    ends now. Raises `commitment_unknown`, `version_outdated`."""
    commitment = lock_commitment(commitment_id, provider, versions)
    now = clock.now()
    ends_at = now + notice_of(commitment, now)
    desired = latest_terms(commitment)
    if desired.ends_at is None or desired.ends_at > ends_at:
        starts_at = desired.starts_at and min(desired.starts_at, ends_at)
        revise_terms(commitment, {"starts_at": starts_at, "ends_at": ends_at}, now)
        record_commitment(commitment, CommitmentWithdrawn, ends_at=ends_at, reason=reason)
    return commitment
