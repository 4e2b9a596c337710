"""An insurer answers a claim: its cover pays."""

from uuid import UUID

from accounts.desks.claim_payments import carry_on, lock_claim, require_claim_state
from accounts.lifecycle import ClaimState
from accounts.models import Claim
from backstop import clock
from backstop.transactions import operation


@operation
def answer_claim(*, venue_id: UUID, provider_id: UUID, claim_id: UUID) -> Claim:
    """Answer for all insurers of its cover that they pay: what is insured is due at once. Again it changes nothing.

    Raises `claim_unknown`, `claim_not_in_state` once another answered otherwise, or the time for it is over.
    """
    claim, now = lock_claim(venue_id, claim_id, provider_id), clock.now()
    if claim.state in (ClaimState.DUE, ClaimState.PAID):
        return claim
    require_claim_state(claim, ClaimState.HELD, claim.answer_by, now)
    (answered,) = carry_on([claim.id], now, lambda claims, each: claims.let_be_due(each))
    return answered
