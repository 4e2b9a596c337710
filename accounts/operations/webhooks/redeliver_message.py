"""The owner of a webhook wants to be sent a message once more."""

from uuid import UUID

from accounts.desks.webhooks import lock_webhook, require_enabled, try_at_once
from accounts.models import WebhookDelivery
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def redeliver_message(
    *, venue_id: UUID, provider_id: UUID | None, webhook_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    """The message, which is due now under the id that it had, whether it arrived, waits or was given up.

    Raises `webhook_unknown`, `webhook_disabled`, `delivery_unknown`.
    """
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    require_enabled(webhook)
    delivery = WebhookDelivery.objects.filter(webhook=webhook, id=delivery_id).first()
    if delivery is None:
        raise AccountRefusal.DELIVERY_UNKNOWN.error()
    now = clock.now()
    delivery.send_again(now)
    try_at_once(webhook, now)
    save_changes([delivery, webhook])
    return delivery
