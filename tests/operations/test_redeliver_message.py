"""A message is sent once more under the id that it had."""

from uuid import uuid4

import pytest

from accounts.models import WebhookDelivery
from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.operations.webhooks.lease_messages import lease_messages
from accounts.operations.webhooks.redeliver_message import redeliver_message
from accounts.operations.webhooks.send_test_message import send_test_message
from accounts.rules.refusals import AccountRefusal
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.operations.test_record_messages import record
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(alice):
    """It got a test message."""
    webhook, _ = add(alice)
    perform(send_test_message, **owner_of(webhook))
    record(perform(lease_messages)[0], 200)
    return webhook


def redeliver(webhook, **which) -> WebhookDelivery:
    which = {"delivery_id": WebhookDelivery.objects.get().id, **which}
    return perform(redeliver_message, **{**owner_of(webhook), **which})


def test_what_arrived_is_sent_again_under_its_id(webhook) -> None:
    again = redeliver(webhook)
    assert (again.attempts, again.delivered_at) == (0, None)
    (mailing,) = perform(lease_messages)
    assert [message.id for message in mailing.messages] == [again.id]


def test_a_webhook_that_rests_is_tried_at_once(webhook) -> None:
    redeliver(webhook)
    record(perform(lease_messages)[0], 500)
    assert perform(lease_messages) == []
    redeliver(webhook)
    assert len(perform(lease_messages)) == 1


def test_what_was_never_sent_to_it_is_unknown(webhook, alice, bob) -> None:
    other, _ = add(alice)
    for which in ({"delivery_id": uuid4()}, {"webhook_id": other.id}):
        with refused(AccountRefusal.DELIVERY_UNKNOWN):
            redeliver(webhook, **which)
    with refused(AccountRefusal.WEBHOOK_UNKNOWN):
        redeliver(webhook, provider_id=bob.id)


def test_nothing_is_sent_to_one_that_is_disabled(webhook) -> None:
    perform(change_webhook, **owner_of(webhook), is_enabled=False)
    with refused(AccountRefusal.WEBHOOK_DISABLED):
        redeliver(webhook)
