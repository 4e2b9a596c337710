"""The life of a standing bid: proposed and changed by its provider, approved and suspended by the venue's people.

Called by /v1/commitments and the admin. Guarantees that nothing gets worse for the venue before its notice is over,
and that every change is an event.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.desks.commitments import lock_commitment, record_commitment, revise_terms
from accounts.events import CommitmentChanged
from accounts.models import Commitment, Provider
from backstop import clock
from backstop.transactions import operation


@operation
def change_commitment(*, provider: Provider, commitment_id: UUID, changes: Mapping[str, Any]) -> Commitment:
    """Set some fields of the terms (names and values as in `Terms`).

    What gets better for the venue does so at once, the rest after its notice. Raises `CommitmentUnknown`,
    `TermsRefused`.
    """
    commitment = lock_commitment(commitment_id, provider)
    revise_terms(commitment, changes, clock.now())
    record_commitment(commitment, CommitmentChanged)
    return commitment
