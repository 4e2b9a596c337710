"""A message that says nothing finds out whether messages arrive."""

import json

import pytest

from accounts.desks import webhooks
from accounts.models import WebhookDelivery
from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.operations.webhooks.lease_messages import lease_messages
from accounts.operations.webhooks.send_test_message import send_test_message
from accounts.rules.refusals import AccountRefusal
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.operations.test_record_messages import record
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_it_is_due_at_once_and_says_nothing(alice) -> None:
    webhook, _ = add(alice)
    sent = perform(send_test_message, **owner_of(webhook))
    (mailing,) = perform(lease_messages)
    (message,) = mailing.messages
    said = json.loads(message.body)
    assert (message.id, said["type"], said["data"]) == (sent.id, "webhook_test", {})


def test_nothing_is_sent_to_one_that_is_disabled(alice) -> None:
    webhook, _ = add(alice)
    perform(change_webhook, **owner_of(webhook), is_enabled=False)
    with refused(AccountRefusal.WEBHOOK_DISABLED):
        perform(send_test_message, **owner_of(webhook))


def test_no_more_wait_than_may(alice, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_WAITING", 2)
    webhook, _ = add(alice)
    for _ in range(2):
        perform(send_test_message, **owner_of(webhook))
    with refused(AccountRefusal.WEBHOOK_FULL):
        perform(send_test_message, **owner_of(webhook))
    WebhookDelivery.objects.filter(id=WebhookDelivery.objects.first().id).update(due_at=None)
    assert perform(send_test_message, **owner_of(webhook))


@pytest.mark.parametrize("enables", [False, True])
def test_what_waited_for_a_pause_comes_first(alice, travel, enables) -> None:
    travel.freeze()
    webhook, _ = add(alice)
    first = perform(send_test_message, **owner_of(webhook))
    record(perform(lease_messages)[0], 500)
    if enables:
        perform(change_webhook, **owner_of(webhook), is_enabled=True)
        then = []
    else:
        then = [perform(send_test_message, **owner_of(webhook)).id]
    (mailing,) = perform(lease_messages)
    assert [message.id for message in mailing.messages] == [first.id, *then]


def test_nobody_tests_anothers(alice, bob) -> None:
    webhook, _ = add(alice)
    with refused(AccountRefusal.WEBHOOK_UNKNOWN):
        perform(send_test_message, **{**owner_of(webhook), "provider_id": bob.id})
