"""Stored answers are kept for seven days, and go in batches so small that nobody waits for one."""

from datetime import timedelta

from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.models import StoredAnswer
from backstop.transactions import operation

KEPT = timedelta(days=7)


@operation
def forget_answers(*, limit: int = 1000) -> int:
    """Delete the oldest answers of more than seven days, up to `limit`; how many there were. Those that somebody else
    is about to delete are left to it."""
    old = StoredAnswer.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
    oldest = lock_free_rows(Lock.ANSWER_ROW, old.only("id")[:limit])
    return StoredAnswer.objects.filter(id__in=[each.id for each in oldest]).delete()[0]
