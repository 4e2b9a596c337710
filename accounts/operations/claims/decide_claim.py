"""An arbiter decides how much of a disputed claim is not owed."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.claim_payments import carry_on, lock_claim, require_claim_state, require_payable
from accounts.lifecycle import ClaimState
from accounts.models import Claim
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import to_text


@operation
def decide_claim(*, venue_id: UUID, claim_id: UUID, refused: Decimal, reason: str) -> Claim:
    """Refuse so much (>= 0) of what is disputed; the rest of it is due at once. The same again answers the same.

    Raises `reason_missing`, `claim_unknown`, `claim_not_in_state`, `dispute_excessive`.
    """
    reason = require_reason(reason)
    claim, now = lock_claim(venue_id, claim_id), clock.now()
    if claim.decision and (claim.refused, claim.decision) == (refused, reason):
        return claim
    require_claim_state(claim, ClaimState.DISPUTED, claim.decide_by, now)
    require_payable(claim, refused, "refused")
    if not 0 <= refused <= claim.disputed_amount:
        raise AccountRefusal.DISPUTE_EXCESSIVE.error(f"from 0 to {to_text(claim.disputed_amount)}", pointer="/refused")
    (decided,) = carry_on([claim.id], now, lambda claims, each: claims.let_be_due(each, refused, reason))
    return decided
