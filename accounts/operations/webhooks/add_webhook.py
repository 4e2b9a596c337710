"""A venue, or a provider, says where it wants to be told of what happens."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings

from accounts.desks.people import find_provider
from accounts.desks.webhooks import create_secret, record_webhook, require_kinds, require_target, webhooks_of
from accounts.events import WebhookAdded
from accounts.models import Webhook
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock
from backstop.models import LastPosition
from backstop.transactions import operation
from backstop.values.webhooks import secret_text


@operation
def add_webhook(
    *, venue_id: UUID, provider_id: UUID | None, url: str, kinds: Collection[str] = (), description: str = ""
) -> tuple[Webhook, str]:
    """A new webhook, told of what is published from now on, and its secret, which cannot be had again.

    Raises `provider_unknown`, `webhook_url_refused`, `webhook_kind_unknown`, `webhooks_too_many`.
    """
    if provider_id is not None:
        find_provider(venue_id, provider_id)
    said = {"url": require_target(url), "kinds": require_kinds(kinds, provider_id), "description": description}
    lock(Lock.WEBHOOKS, [provider_id or venue_id])
    if webhooks_of(venue_id, provider_id).count() >= settings.QUOTAS["webhooks"]:
        raise AccountRefusal.WEBHOOKS_TOO_MANY.error()
    last = LastPosition.objects.filter(venue=venue_id).values_list("position", flat=True).first()
    webhook = Webhook.objects.create(venue_id=venue_id, provider_id=provider_id, position=last or 0, **said)
    key = create_secret(webhook)
    record_webhook(webhook, WebhookAdded, kinds=webhook.kinds)
    return webhook, secret_text(key)
