"""Claims go on by time alone: unanswered the contract answers, undecided they are owed, unpaid they are overdue."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.claim_payments import carry_on
from accounts.desks.claims import ClaimDesk
from accounts.desks.loss_locks import lock_losses
from accounts.lifecycle import ClaimState
from accounts.models import Claim
from accounts.queries import claims_due
from backstop import clock
from backstop.transactions import operation


@operation
def settle_claims(*, ids: Sequence[UUID]) -> int:
    """Move those of these claims on whose time is over; how many there were."""
    lock_losses(list(Claim.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    due = list(claims_due(now).filter(id__in=ids).values_list("id", flat=True))
    return len(carry_on(due, now, _say))


def _say(claims: ClaimDesk, claim: Claim) -> None:
    if claim.state in (ClaimState.HELD, ClaimState.DISPUTED):
        claims.answer_by_contract(claim)
