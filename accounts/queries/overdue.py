"""Assessments that are overdue: what may be taken of their providers, what of them is given up, and who never paid."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.lifecycle import AssessmentState, ProviderState
from accounts.models import Account, AccountKind, Assessment, LossEvent, Provider
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER


def list_takeable() -> QuerySet[Assessment]:
    """Those whose providers have collateral free in their asset."""
    free = _accounts(AccountKind.COLLATERAL).filter(posted__gt=F("held"))
    return _overdue().filter(Exists(free))


def list_takeable_of_contributions(now: datetime) -> QuerySet[Assessment]:
    """Those that are overdue for so long that what their providers contributed stands for no loss event that opens
    later, and for none that opened before any more."""
    opened_before = LossEvent.under_way().filter(
        guarantee__contributions__provider=OuterRef("provider"), opened_at__lt=OuterRef("over_at")
    )
    contributed = _accounts(AccountKind.CONTRIBUTION).filter(posted__gt=0)
    return _overdue().filter(Exists(contributed), ~Exists(opened_before), over_at__lte=now)


def list_given_up(now: datetime) -> QuerySet[Assessment]:
    """Those that are overdue for so long, and whose providers have nothing left here in their asset."""
    own = _accounts(AccountKind.COLLATERAL, AccountKind.CONTRIBUTION)
    return _overdue().filter(~Exists(own.filter(~Q(posted=0, held=0))), over_at__lte=now)


def list_unpaying() -> QuerySet[Provider]:
    """Providers that take part, of whom something was written off since they do."""
    since = Q(provider__resumed_at=None) | Q(written_off_at__gt=F("provider__resumed_at"))
    written_off = Assessment.objects.filter(since, provider=OuterRef("pk"), state=AssessmentState.WRITTEN_OFF)
    return Provider.objects.filter(Exists(written_off), state=ProviderState.ACTIVE)


def _overdue() -> QuerySet[Any]:
    overdue = Assessment.objects.filter(state=AssessmentState.OVERDUE)
    return overdue.alias(over_at=F("overdue_at") + WRITTEN_OFF_AFTER)


def _accounts(*kinds: AccountKind) -> QuerySet[Account]:
    return Account.objects.filter(kind__in=kinds, provider=OuterRef("provider"), asset=OuterRef("asset"))
