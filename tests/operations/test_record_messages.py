"""What arrived is over; what did not is tried again, for two days, and so is its endpoint."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Webhook, WebhookDelivery
from accounts.operations.webhooks.lease_messages import LEASED, lease_messages
from accounts.operations.webhooks.record_messages import record_messages
from accounts.operations.webhooks.redeliver_message import redeliver_message
from accounts.operations.webhooks.send_test_message import send_test_message
from accounts.rules.webhooks import ENDPOINT_PAUSE, MOST_ATTEMPTS, PAUSES_SECONDS
from backstop import clock
from backstop.delivery.webhooks import Mailing, SendOutcome
from backstop.models import Event
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(alice, monkeypatch):
    """A test message waits for it; pauses are as they are written."""
    monkeypatch.setattr("random.random", lambda: 0.5)
    webhook, _ = add(alice)
    perform(send_test_message, **owner_of(webhook))
    return webhook


def record(mailing: Mailing, status: int | None, problem: str = "") -> int:
    outcomes = [SendOutcome(each.id, status, problem) for each in mailing.messages]
    return perform(record_messages, webhook_id=mailing.webhook_id, leased_until=mailing.leased_until, outcomes=outcomes)


def attempt(status: int | None, problem: str = "") -> tuple[Webhook, WebhookDelivery]:
    (mailing,) = perform(lease_messages)
    assert record(mailing, status, problem) == 1
    return Webhook.objects.get(), WebhookDelivery.objects.get()


def test_what_arrived_waits_no_more(webhook) -> None:
    webhook, delivery = attempt(204)
    assert (delivery.due_at, delivery.delivered_at, delivery.attempts, delivery.status) == (None, clock.now(), 1, 204)
    assert (webhook.leased_until, webhook.failures) == (None, 0)
    assert perform(lease_messages) == []


def test_what_did_not_is_tried_after_a_pause(webhook, travel) -> None:
    webhook, delivery = attempt(500, "it was answered 500")
    assert (delivery.attempts, delivery.status, delivery.problem) == (1, 500, "it was answered 500")
    assert delivery.due_at == webhook.rests_until == clock.now() + timedelta(seconds=5)
    assert (webhook.failures, webhook.failing_since) == (1, clock.now())
    travel(seconds=4.9)
    assert perform(lease_messages) == []
    travel(seconds=0.1)
    webhook, delivery = attempt(200)
    assert (webhook.failures, webhook.failing_since, webhook.rests_until) == (0, None, None)


def test_an_endpoint_rests_for_a_quarter_of_an_hour_at_most(webhook, travel) -> None:
    for pause in PAUSES_SECONDS[:6]:
        webhook, _ = attempt(None, "it hangs")
        assert webhook.rests_until - clock.now() == min(timedelta(seconds=pause), ENDPOINT_PAUSE)
        travel(seconds=pause)


def test_after_two_days_a_message_is_given_up_and_its_endpoint_disabled(webhook, travel) -> None:
    for pause in PAUSES_SECONDS:
        _, delivery = attempt(None, "it hangs")
        assert delivery.due_at - clock.now() == timedelta(seconds=pause)
        travel(seconds=pause)
    travel(hours=1)
    webhook, delivery = attempt(None, "it hangs")
    assert (delivery.attempts, delivery.due_at, delivery.given_up_at) == (MOST_ATTEMPTS, None, clock.now())
    assert (webhook.disabled_at, webhook.disabled_reason) == (clock.now(), "it hangs")
    event = Event.objects.latest("id")
    assert (event.kind, event.subject_id, event.payload) == ("webhook_disabled", webhook.id, {"reason": "it hangs"})
    assert event.provider_id == webhook.provider_id


def test_an_endpoint_that_is_gone_is_disabled_at_once_and_its_messages_wait(webhook) -> None:
    webhook, delivery = attempt(410, "it was answered 410")
    assert not webhook.is_enabled
    assert delivery.due_at is not None
    assert perform(lease_messages) == []


def test_who_was_late_still_says_what_became_of_it(webhook, travel) -> None:
    (first,) = perform(lease_messages)
    travel(seconds=LEASED.total_seconds())
    (second,) = perform(lease_messages)
    assert record(first, 200) == 1
    assert Webhook.objects.get().leased_until == second.leased_until, "another's lease is left alone"
    assert record(second, 500, "late") == 0
    assert WebhookDelivery.objects.get().delivered_at is not None


def test_what_is_asked_for_anew_has_all_its_attempts_again(webhook, travel) -> None:
    _, delivery = attempt(500, "no")
    perform(redeliver_message, **owner_of(webhook), delivery_id=delivery.id)
    (mailing,) = perform(lease_messages)
    assert [each.id for each in mailing.messages] == [delivery.id]
    record(mailing, 200)
    assert WebhookDelivery.objects.get().attempts == 1


def test_of_a_webhook_that_is_not_there_nothing_is_recorded(webhook) -> None:
    assert perform(record_messages, webhook_id=uuid4(), leased_until=clock.now(), outcomes=[]) == 0
