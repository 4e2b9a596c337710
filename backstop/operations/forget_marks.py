"""Past marks are kept for six hours, and go in batches so small that nobody waits for one."""

from datetime import timedelta

from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.models import PastMark
from backstop.transactions import operation

KEPT = timedelta(hours=6)


@operation
def forget_marks(*, limit: int = 1000) -> int:
    """Delete the oldest past marks of more than six hours, up to `limit`; how many there were. Those that somebody else
    is about to delete are left to it."""
    old = PastMark.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
    oldest = lock_free_rows(Lock.PAST_MARK_ROW, old.only("id")[:limit])
    return PastMark.objects.filter(id__in=[each.id for each in oldest]).delete()[0]
