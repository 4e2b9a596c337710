"""A webhook that is removed is told of nothing any more."""

import pytest

from accounts.models import WebhookDelivery
from accounts.operations.webhooks.lease_messages import lease_messages
from accounts.operations.webhooks.queue_messages import queue_messages
from accounts.operations.webhooks.remove_webhook import remove_webhook
from accounts.operations.webhooks.send_test_message import send_test_message
from accounts.rules.refusals import AccountRefusal
from backstop.management.commands.relay import publish
from backstop.models import Event
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_what_waits_for_it_is_given_up_and_nothing_is_queued(alice, bob) -> None:
    webhook, _ = add(alice)
    perform(send_test_message, **owner_of(webhook))
    perform(remove_webhook, **owner_of(webhook))
    assert Event.objects.latest("id").kind == "webhook_removed"
    publish()
    assert perform(queue_messages) == 0
    assert perform(lease_messages) == []
    delivery = WebhookDelivery.objects.get()
    assert (delivery.due_at, delivery.delivered_at, delivery.problem) == (None, None, "the webhook was removed")
    assert delivery.given_up_at is not None
    with refused(AccountRefusal.WEBHOOK_UNKNOWN):
        perform(remove_webhook, **owner_of(webhook))


def test_nobody_removes_anothers(alice, bob) -> None:
    webhook, _ = add(alice)
    with refused(AccountRefusal.WEBHOOK_UNKNOWN):
        perform(remove_webhook, **{**owner_of(webhook), "provider_id": bob.id})
