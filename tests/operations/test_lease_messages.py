"""What is due is handed to one at a time, in its order, and again where nothing is heard of it."""

import json

import pytest

from accounts.operations.people.create_group import create_group
from accounts.operations.webhooks import lease_messages as leasing
from accounts.operations.webhooks.lease_messages import LEASED, lease_messages
from accounts.operations.webhooks.rotate_webhook_secret import rotate_webhook_secret
from accounts.operations.webhooks.send_test_message import send_test_message
from backstop.management.commands.relay import publish
from backstop.models import Event
from backstop.values.keyrings import Keyring
from tests.builders import perform
from tests.operations.test_add_webhook import URL, add
from tests.operations.test_change_webhook import owner_of
from tests.operations.test_queue_messages import queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(venue):
    """Three messages wait for it."""
    publish()
    webhook, _ = add(venue, kinds=["group_created"])
    for name in "abc":
        perform(create_group, venue=venue, name=name, reason="a test")
    queue()
    return webhook


def test_messages_come_in_the_order_of_the_publication(webhook) -> None:
    (mailing,) = perform(lease_messages)
    said = [json.loads(message.body) for message in mailing.messages]
    assert [each["data"]["name"] for each in said] == ["a", "b", "c"]
    event = Event.objects.filter(kind="group_created", payload__name="a").get()
    assert said[0] == {
        "type": "group_created",
        "timestamp": event.created_at.isoformat(),
        "data": {"subject_id": str(event.subject_id), "provider_id": None, "name": "a", "reason": "a test"},
    }
    assert (mailing.webhook_id, mailing.url) == (webhook.id, URL)


def test_who_did_it_is_not_told(webhook) -> None:
    (mailing,) = perform(lease_messages)
    assert all(b"actor" not in message.body for message in mailing.messages)


def test_nobody_else_gets_them_until_the_lease_is_over(webhook, travel) -> None:
    (first,) = perform(lease_messages)
    travel(seconds=LEASED.total_seconds() - 1)
    assert perform(lease_messages) == []
    travel(seconds=1)
    (again,) = perform(lease_messages)
    assert again.messages == first.messages


def test_so_many_at_once(webhook, monkeypatch) -> None:
    monkeypatch.setattr(leasing, "AT_ONCE", 2)
    (mailing,) = perform(lease_messages)
    assert len(mailing.messages) == 2


def test_a_test_comes_after_what_waits(webhook) -> None:
    queued = perform(send_test_message, **owner_of(webhook))
    (mailing,) = perform(lease_messages)
    assert mailing.messages[-1].id == queued.id


def test_they_are_signed_with_all_secrets_in_use(webhook) -> None:
    perform(rotate_webhook_secret, **owner_of(webhook))
    (mailing,) = perform(lease_messages)
    assert len(mailing.keys) == 2


def test_without_the_master_key_of_its_secret_nothing_of_it_is_sent(webhook, settings) -> None:
    settings.SEALING_KEYS = Keyring({"another": bytes(32)})
    assert perform(lease_messages) == []


def test_only_venues_that_are_looked_after_are_served(webhook) -> None:
    assert perform(lease_messages, venues=["elsewhere"]) == []
    assert len(perform(lease_messages, venues=[webhook.venue.code])) == 1
