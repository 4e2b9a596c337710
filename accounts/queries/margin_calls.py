"""Margin calls, as they are shown and as they wait."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.lifecycle import MarginCallState
from accounts.models import MarginCall


def list_margin_calls(venue_id: UUID) -> QuerySet[MarginCall]:
    """A venue's margin calls with all that is shown of them."""
    calls = MarginCall.objects.filter(venue=venue_id).select_related("cover__asset")
    return calls.prefetch_related("repayments")


def margin_calls_due(now: datetime) -> QuerySet[MarginCall]:
    """Those whose answer, or repayment, should have come by now."""
    unanswered = Q(state=MarginCallState.CALLED, answer_by__lte=now)
    return MarginCall.objects.filter(unanswered | Q(state=MarginCallState.CURED, repay_by__lte=now))
