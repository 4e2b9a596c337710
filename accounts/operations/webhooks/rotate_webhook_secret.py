"""A webhook gets a new secret, and for a day its messages have signatures by both."""

from uuid import UUID

from accounts.desks.webhooks import create_secret, expire_secrets, lock_webhook, record_webhook
from accounts.events import WebhookSecretRotated
from accounts.models import Webhook
from accounts.rules.webhooks import OLD_SECRET_LASTS
from backstop import clock
from backstop.transactions import operation
from backstop.values.webhooks import secret_text


@operation
def rotate_webhook_secret(*, venue_id: UUID, provider_id: UUID | None, webhook_id: UUID) -> tuple[Webhook, str]:
    """The webhook and its new secret, which cannot be had again. One that was to expire already does so at once.

    Raises `webhook_unknown`.
    """
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    now = clock.now()
    expires_at = now + OLD_SECRET_LASTS
    expire_secrets(webhook, expires_at, now)
    key = create_secret(webhook)
    record_webhook(webhook, WebhookSecretRotated, former_expires_at=expires_at)
    return webhook, secret_text(key)
