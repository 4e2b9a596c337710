"""What became of messages that were sent: each arrived, is tried again, or is given up, and so may be the webhook."""

import random
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.desks.webhooks import record_webhook
from accounts.events import WebhookDisabled
from accounts.models import Webhook, WebhookDelivery
from accounts.rules.webhooks import GONE
from backstop import clock
from backstop.delivery.webhooks import SendOutcome
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def record_messages(*, webhook_id: UUID, leased_until: datetime, outcomes: Sequence[SendOutcome]) -> int:
    """Write down what became of these, and end the lease where it is still the same; how many there were."""
    webhook = lock_row(Lock.WEBHOOK_ROW, Webhook.objects.filter(id=webhook_id))
    if webhook is None:
        return 0
    now = clock.now()
    waiting = WebhookDelivery.objects.filter(webhook=webhook, due_at__isnull=False)
    sent = waiting.in_bulk([each.message_id for each in outcomes])
    for outcome in outcomes:
        if delivery := sent.get(outcome.message_id):
            _note(webhook, delivery, outcome, now)
    if webhook.leased_until == leased_until:
        webhook.leased_until = None
    save_changes([*sent.values(), webhook])
    return len(sent)


def _note(webhook: Webhook, delivery: WebhookDelivery, outcome: SendOutcome, now: datetime) -> None:
    delivery.attempt(outcome.status, outcome.problem, now)
    if outcome.arrived:
        delivery.arrive(now)
        webhook.arrived()
        return
    webhook.fail(delivery.fail(random.random(), now), now)
    if webhook.is_enabled and (outcome.status == GONE or webhook.is_given_up(now)):
        webhook.disable(outcome.problem, now)
        record_webhook(webhook, WebhookDisabled, reason=webhook.disabled_reason)
