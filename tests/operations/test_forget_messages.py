"""What became of messages is kept for two weeks; what waits stays."""

import pytest

from accounts.models import WebhookDelivery
from accounts.operations.webhooks.forget_messages import forget_messages
from accounts.operations.webhooks.send_test_message import send_test_message
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of

pytestmark = pytest.mark.django_db


def test_what_is_over_is_forgotten_after_two_weeks(alice, travel) -> None:
    webhook, _ = add(alice)
    waits, *over = [perform(send_test_message, **owner_of(webhook)) for _ in range(4)]
    WebhookDelivery.objects.filter(id__in=[each.id for each in over]).update(due_at=None)
    travel(days=14)
    assert perform(forget_messages) == 0
    travel(seconds=1)
    assert [perform(forget_messages, limit=2) for _ in range(3)] == [2, 1, 0]
    assert WebhookDelivery.objects.get() == waits
