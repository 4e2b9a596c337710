"""A standing bid changes: at once where that is better for the venue, else after its notice."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.commitments import lock_commitment, record_commitment, require_room, revise_terms, stake_of_terms
from accounts.desks.people import venue_of_provider
from accounts.events import CommitmentChanged
from accounts.models import Commitment, Provider
from accounts.rules.terms import StandingTerms
from backstop import clock
from backstop.transactions import operation
from backstop.values.arguments import FieldsOf


@operation
@by_two(stake_of_terms, venue_of=venue_of_provider)
def change_commitment(
    *,
    provider: Provider,
    commitment_id: UUID,
    changes: Annotated[Mapping[str, Any], FieldsOf(StandingTerms)],
    versions: tuple[str, ...] | None = None,
    reason: str = "",
) -> Commitment:
    """Set some fields of the terms (names and values as in `StandingTerms`), of one of these versions alone if any is
    named.

    What gets better for the venue does so at once, the rest after its notice. Raises `commitment_unknown`,
    `version_outdated`, `terms_refused`, and `changes_too_many` where no more may be announced at once, or in a day.
    """
    commitment = lock_commitment(commitment_id, provider, versions)
    now = clock.now()
    revise_terms(commitment, changes, now)
    require_room(commitment, now)
    record_commitment(commitment, CommitmentChanged, reason=reason)
    return commitment
