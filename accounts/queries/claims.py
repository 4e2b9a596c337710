"""Claims, as they are shown and as they wait."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.lifecycle import ClaimState
from accounts.models import Claim


def list_claims(venue_id: UUID) -> QuerySet[Claim]:
    """A venue's claims with all that is shown of them."""
    return Claim.objects.filter(venue=venue_id).select_related("cover__asset")


def claims_due(now: datetime) -> QuerySet[Claim]:
    """Those whose answer, decision or payment should have come by now."""
    unanswered = Q(state=ClaimState.HELD, answer_by__lte=now)
    undecided = Q(state=ClaimState.DISPUTED, decide_by__lte=now)
    return Claim.objects.filter(unanswered | undecided | Q(state=ClaimState.DUE, due_by__lte=now))
