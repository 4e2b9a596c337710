"""Claims, as they are shown and as they wait."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.lifecycle import ClaimState
from accounts.models import Claim, CoverShare, Provider
from accounts.rules.sharing.covers import by_insurer
from backstop.values.amounts import total


def list_claims(venue_id: UUID) -> QuerySet[Claim]:
    """A venue's claims with all that is shown of them."""
    return Claim.objects.filter(venue=venue_id).select_related("cover__asset")


def has_claim_overdue(provider: Provider) -> bool:
    """Whether a claim of a cover that it insures is overdue, or ended so with its event, for want of its own part."""
    shares = CoverShare.objects.filter(provider=provider).select_related("cover__asset")
    return any(_lacks(share) for share in shares.prefetch_related("cover__shares", "cover__claims"))


def _lacks(share: CoverShare) -> bool:
    """Whether its insurer has paid less than its part of all that was paid and is overdue."""
    shares = share.cover.shares.all()
    arrears = [claim.due for claim in share.cover.claims.all() if claim.is_in_arrears]
    parts = {each.provider_id: each.parts for each in shares}
    owed = by_insurer(total([*(each.paid for each in shares), *arrears]), parts, share.cover.asset.scale)
    return bool(arrears) and share.paid < owed[share.provider_id]


def claims_due(now: datetime) -> QuerySet[Claim]:
    """Those whose answer, decision or payment should have come by now."""
    unanswered = Q(state=ClaimState.HELD, answer_by__lte=now)
    undecided = Q(state=ClaimState.DISPUTED, decide_by__lte=now)
    return Claim.objects.filter(unanswered | undecided | Q(state=ClaimState.DUE, due_by__lte=now))
