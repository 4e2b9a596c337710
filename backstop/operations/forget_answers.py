"""Stored answers are kept for seven days."""

from datetime import timedelta

from backstop import clock
from backstop.models import StoredAnswer
from backstop.transactions import operation

KEPT = timedelta(days=7)


@operation
def forget_answers(*, limit: int = 10_000) -> int:
    """Delete up to `limit` answers that are older than seven days; how many there were."""
    old = StoredAnswer.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
    return StoredAnswer.objects.filter(id__in=old.values("id")[:limit]).delete()[0]
