"""Assessments that are overdue: of which something can be collected, of which nothing can, and who never paid."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.lifecycle import AssessmentState, ProviderState
from accounts.models import Account, AccountKind, Assessment, LossEvent, Provider
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER


def list_collectible() -> QuerySet[Assessment]:
    """Those whose providers have collateral free in their asset."""
    free = _accounts(AccountKind.COLLATERAL).filter(posted__gt=F("held"))
    return _overdue().filter(Exists(free))


def list_collectible_of_contributions(now: datetime) -> QuerySet[Assessment]:
    """Those that are to be written off, and whose providers contributed something that no loss event needs any more:
    for those that open from then on it does not stand."""
    opened_before = LossEvent.under_way().filter(
        guarantee__contributions__provider=OuterRef("provider"), opened_at__lt=OuterRef("write_off_at")
    )
    contributed = _accounts(AccountKind.CONTRIBUTION).filter(posted__gt=0)
    return _overdue().filter(Exists(contributed), ~Exists(opened_before), write_off_at__lte=now)


def list_uncollectible(now: datetime) -> QuerySet[Assessment]:
    """Those that are to be written off, and whose providers have nothing left here in their asset."""
    own = _accounts(AccountKind.COLLATERAL, AccountKind.CONTRIBUTION)
    return _overdue().filter(~Exists(own.filter(~Q(posted=0, held=0))), write_off_at__lte=now)


def list_unpaying() -> QuerySet[Provider]:
    """Providers that take part, of whom something was written off since they do."""
    since = Q(provider__resumed_at=None) | Q(written_off_at__gt=F("provider__resumed_at"))
    written_off = Assessment.objects.filter(since, provider=OuterRef("pk"), state=AssessmentState.WRITTEN_OFF)
    return Provider.objects.filter(Exists(written_off), state=ProviderState.ACTIVE)


def _overdue() -> QuerySet[Any]:
    overdue = Assessment.objects.filter(state=AssessmentState.OVERDUE)
    return overdue.alias(write_off_at=F("overdue_at") + WRITTEN_OFF_AFTER)


def _accounts(*kinds: AccountKind) -> QuerySet[Account]:
    return Account.objects.filter(kind__in=kinds, provider=OuterRef("provider"), asset=OuterRef("asset"))
