"""The owner of a webhook wants to see whether messages arrive."""

from uuid import UUID

from accounts.desks.webhooks import lock_webhook, require_enabled, wait_for
from accounts.models import WebhookDelivery
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation

TEST = "webhook_test"


@operation
def send_test_message(*, venue_id: UUID, provider_id: UUID | None, webhook_id: UUID) -> WebhookDelivery:
    """A message that says nothing, after those that wait already. Raises `webhook_unknown`, `webhook_disabled`."""
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    require_enabled(webhook)
    webhook.wake()
    save_changes([webhook])
    (queued,) = wait_for(webhook, [(None, TEST, webhook.position)], clock.now())
    return queued
