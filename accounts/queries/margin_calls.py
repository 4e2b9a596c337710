"""Margin calls, as they are shown and as they wait."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.lifecycle import MarginCallState
from accounts.models import MarginCall, Provider
from accounts.queries.groups import load_clusters


def list_margin_calls(venue_id: UUID) -> QuerySet[MarginCall]:
    """A venue's margin calls with all that is shown of them."""
    calls = MarginCall.objects.filter(venue=venue_id).select_related("cover__asset")
    return calls.prefetch_related("repayments")


def list_margin_calls_of(provider: Provider) -> QuerySet[MarginCall]:
    """Those that the provider cured, and of covers that it insures those that nobody did and that it may answer: what
    another lent is between that and the venue."""
    unpaid = Q(cover__shares__provider=provider, state__in=[MarginCallState.CALLED, MarginCallState.LAPSED])
    clusters = load_clusters([provider.venue_id])
    foreign = ~Q(group__in=clusters.members(provider.group_id))
    open_to_it = unpaid & (Q(group=None) | foreign) if provider.may_offer else Q(pk__in=[])
    return list_margin_calls(provider.venue_id).filter(Q(cured_by=provider) | open_to_it).distinct()


def margin_calls_due(now: datetime) -> QuerySet[MarginCall]:
    """Those whose answer, or repayment, should have come by now."""
    unanswered = Q(state=MarginCallState.CALLED, answer_by__lte=now)
    return MarginCall.objects.filter(unanswered | Q(state=MarginCallState.CURED, repay_by__lte=now))
