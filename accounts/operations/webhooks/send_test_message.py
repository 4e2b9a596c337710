"""The owner of a webhook wants to see whether messages arrive."""

from uuid import UUID

from accounts.desks.webhooks import full_by, lock_webhook, require_enabled, try_at_once, wait_for
from accounts.models import WebhookDelivery
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation

TEST = "webhook_test"


@operation
def send_test_message(*, venue_id: UUID, provider_id: UUID | None, webhook_id: UUID) -> WebhookDelivery:
    """A message that says nothing, after those that wait already.

    Raises `webhook_unknown`, `webhook_disabled`, `webhook_full`.
    """
    now = clock.now()
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    require_enabled(webhook)
    if full_by(webhook.id).exists():
        raise AccountRefusal.WEBHOOK_FULL.error()
    try_at_once(webhook, now)
    save_changes([webhook])
    (queued,) = wait_for(webhook, [(None, TEST, webhook.position)], now)
    return queued
