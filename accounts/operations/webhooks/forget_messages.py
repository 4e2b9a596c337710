"""What became of messages is kept for two weeks, and goes in batches so small that nobody waits for one."""

from datetime import timedelta

from accounts.models import WebhookDelivery
from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.transactions import operation

KEPT = timedelta(days=14)


@operation
def forget_messages(*, limit: int = 1000) -> int:
    """Delete the oldest messages of more than two weeks of which none waits, up to `limit`; how many there were. Those
    that somebody else is about to delete are left to it."""
    old = WebhookDelivery.objects.filter(due_at=None, created_at__lt=clock.now() - KEPT).order_by("created_at")
    oldest = lock_free_rows(Lock.WEBHOOK_DELIVERY_ROW, old.only("id")[:limit])
    return WebhookDelivery.objects.filter(id__in=[each.id for each in oldest]).delete()[0]
