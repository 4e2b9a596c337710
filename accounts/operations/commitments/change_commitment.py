"""A standing bid changes: at once where that is better for the venue, else after its notice."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.desks.commitments import lock_commitment, record_commitment, require_room, revise_terms
from accounts.events import CommitmentChanged
from accounts.models import Commitment, Provider
from backstop import clock
from backstop.transactions import operation


@operation
def change_commitment(
    *, provider: Provider, commitment_id: UUID, changes: Mapping[str, Any], reason: str = ""
) -> Commitment:
    """Set some fields of the terms (names and values as in `StandingTerms`).

    What gets better for the venue does so at once, the rest after its notice. Raises `commitment_unknown`,
    `terms_refused`, and `changes_too_many` where no more may be announced at once.
    """
    commitment = lock_commitment(commitment_id, provider)
    now = clock.now()
    revise_terms(commitment, changes, now)
    require_room(commitment, now)
    record_commitment(commitment, CommitmentChanged, reason=reason)
    return commitment
