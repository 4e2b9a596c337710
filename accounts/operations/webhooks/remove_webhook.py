"""A webhook is removed: it is told of nothing any more."""

from uuid import UUID

from accounts.desks.webhooks import lock_webhook, record_webhook
from accounts.events import WebhookRemoved
from accounts.models import Webhook, WebhookDelivery
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def remove_webhook(*, venue_id: UUID, provider_id: UUID | None, webhook_id: UUID) -> Webhook:
    """The webhook as it was; what waits for it is given up. Raises `webhook_unknown`."""
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    now = clock.now()
    webhook.remove(now)
    save_changes([webhook])
    waiting = WebhookDelivery.objects.filter(webhook=webhook, due_at__isnull=False)
    waiting.update(due_at=None, given_up_at=now, problem="the webhook was removed")
    record_webhook(webhook, WebhookRemoved)
    return webhook
