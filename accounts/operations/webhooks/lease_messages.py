"""Messages that are due are handed to whoever sends them: those of one webhook to one at a time, in their order.

Nothing is sent here. Who takes them and is never heard of again loses nothing: after the lease, others take them.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db.models import OuterRef, Q, Subquery

from accounts.desks.webhooks import keys_of, webhooks_in_use
from accounts.models import Webhook, WebhookDelivery
from backstop import clock
from backstop.delivery.telling import told
from backstop.delivery.webhooks import Mailing, Message
from backstop.locks import Lock, lock_free_rows
from backstop.models import Event
from backstop.models.base import save_changes
from backstop.transactions import operation
from backstop.values.keyrings import KeyMissing

LEASED = timedelta(seconds=60)  # longer than a mailing takes: see backstop/delivery/webhooks.py
AT_ONCE = 20  # messages of a webhook

log = structlog.get_logger(__name__)


@operation
def lease_messages(*, venues: Collection[str] = (), limit: int = 50) -> list[Mailing]:
    """What is due of up to `limit` webhooks, of the venues with these codes or of all, whoever waits longest first."""
    now = clock.now()
    waiting = WebhookDelivery.objects.filter(webhook=OuterRef("id"), due_at__lte=now).order_by("due_at")
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    rested = Q(rests_until=None) | Q(rests_until__lte=now)
    able = webhooks_in_use(venues).annotate(due_since=Subquery(waiting.values("due_at")[:1]))
    able = able.filter(free, rested, due_since__isnull=False)
    webhooks = lock_free_rows(Lock.WEBHOOK_ROW, able.order_by("due_since", "created_at")[:limit])
    for webhook in webhooks:
        webhook.leased_until = now + LEASED
    save_changes(webhooks)
    return [mailing for webhook in webhooks if (mailing := _mailing(webhook, now))]


def _mailing(webhook: Webhook, now: datetime) -> Mailing | None:
    due = WebhookDelivery.objects.filter(webhook=webhook, due_at__lte=now).order_by("position", "created_at")
    try:
        keys = keys_of(webhook, now)
    except KeyMissing as missing:
        log.error("webhook_secret_missing", webhook=str(webhook.id), reason=str(missing))
        return None
    leased_until = now + LEASED
    return Mailing(webhook.id, webhook.url, keys, _messages(due[:AT_ONCE]), now, leased_until)


def _messages(due: Collection[WebhookDelivery]) -> tuple[Message, ...]:
    events = Event.objects.in_bulk([each.event_id for each in due if each.event_id is not None])
    return tuple(Message(each.id, _body(each, events.get(each.event_id or 0))) for each in due)


def _body(delivery: WebhookDelivery, event: Event | None) -> bytes:
    at = event.created_at if event else delivery.created_at
    said = {"type": delivery.kind, "timestamp": at.isoformat(), "data": told(event) if event else {}}
    return json.dumps(said, separators=(",", ":")).encode()
