"""An insurer disputes a claim, or a part of it: an arbiter decides; the rest is due at once."""

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
def dispute_claim(*, venue_id: UUID, provider_id: UUID, claim_id: UUID, disputed_amount: Decimal, reason: str) -> Claim:
    """Say that so much (> 0) of what is insured is not owed; the same again changes nothing.

    Raises `reason_missing`, `claim_unknown`, `claim_not_in_state`, `dispute_excessive`.
    """
    reason = require_reason(reason)
    claim, now = lock_claim(venue_id, claim_id, provider_id), clock.now()
    if (claim.state, claim.disputed_amount, claim.reason) == (ClaimState.DISPUTED, disputed_amount, reason):
        return claim
    require_claim_state(claim, ClaimState.HELD, claim.answer_by, now)
    require_payable(claim, disputed_amount, "disputed_amount")
    if not 0 < disputed_amount <= claim.insured:
        most = f"more than 0, at most {to_text(claim.insured)}"
        raise AccountRefusal.DISPUTE_EXCESSIVE.error(most, pointer="/disputed_amount")
    (disputed,) = carry_on([claim.id], now, lambda claims, each: claims.dispute(each, disputed_amount, reason))
    return disputed
