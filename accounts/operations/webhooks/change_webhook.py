"""A webhook goes to another address, is told of other kinds of events, or is enabled or disabled by its owner."""

from collections.abc import Collection
from uuid import UUID

from accounts.desks.webhooks import lock_webhook, record_webhook, require_kinds, require_target, try_at_once
from accounts.events import WebhookChanged
from accounts.models import Webhook
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def change_webhook(
    *,
    venue_id: UUID,
    provider_id: UUID | None,
    webhook_id: UUID,
    url: str | None = None,
    kinds: Collection[str] | None = None,
    description: str | None = None,
    is_enabled: bool | None = None,
) -> Webhook:
    """The webhook as it is from now on; what is None stays. Enabled again it goes on where it was.

    Raises `webhook_unknown`, `webhook_url_refused`, `webhook_kind_unknown`.
    """
    webhook = lock_webhook(venue_id, provider_id, webhook_id)
    if url is not None:
        webhook.url = require_target(url)
    if kinds is not None:
        webhook.kinds = require_kinds(kinds, provider_id)
    if description is not None:
        webhook.description = description
    if is_enabled is True:
        webhook.enable()
        try_at_once(webhook, clock.now())
    elif is_enabled is False and webhook.is_enabled:
        webhook.disable("by its owner", clock.now())
    if webhook.changes:
        save_changes([webhook])
        record_webhook(webhook, WebhookChanged, kinds=webhook.kinds, is_enabled=webhook.is_enabled)
    return webhook
