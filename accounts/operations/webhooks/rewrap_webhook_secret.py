"""The secret of a webhook is stored under the current master key."""

from uuid import UUID

from accounts.desks.webhooks import rewrap
from accounts.models import WebhookSecret
from backstop.locks import Lock, lock_rows
from backstop.transactions import operation


@operation
def rewrap_webhook_secret(*, secret_id: UUID) -> None:
    """Store it under the current master key. Raises `KeyMissing` where the former is not at hand."""
    (secret,) = lock_rows(Lock.WEBHOOK_SECRET_ROW, WebhookSecret.objects.filter(id=secret_id))
    rewrap(secret)
