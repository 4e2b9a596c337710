"""For a day two secrets sign: the new one, and the one before it."""

import pytest

from accounts.desks.webhooks import keys_of
from accounts.operations.webhooks.rotate_webhook_secret import rotate_webhook_secret
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Event
from backstop.values.webhooks import secret_text
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def in_use(webhook) -> list[str]:
    return list(map(secret_text, keys_of(webhook, clock.now())))


def test_the_former_secret_signs_for_a_day(alice, travel) -> None:
    webhook, first = add(alice)
    travel(seconds=1)
    _, second = perform(rotate_webhook_secret, **owner_of(webhook))
    assert Event.objects.latest("id").kind == "webhook_secret_rotated"
    assert in_use(webhook) == [second, first]
    travel(hours=23, minutes=59)
    assert in_use(webhook) == [second, first]
    travel(minutes=1)
    assert in_use(webhook) == [second]


def test_no_more_than_two_sign(alice, travel) -> None:
    webhook, _ = add(alice)
    secrets = []
    for _ in range(2):
        travel(seconds=1)
        secrets.append(perform(rotate_webhook_secret, **owner_of(webhook))[1])
    assert in_use(webhook) == secrets[::-1]


def test_nobody_rotates_anothers(alice, bob) -> None:
    webhook, _ = add(alice)
    with refused(AccountRefusal.WEBHOOK_UNKNOWN):
        perform(rotate_webhook_secret, **{**owner_of(webhook), "provider_id": bob.id})
