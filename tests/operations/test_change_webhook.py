"""The owner of a webhook changes it, and nobody else."""

import pytest

from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def owner_of(webhook) -> dict:
    return {"venue_id": webhook.venue_id, "provider_id": webhook.provider_id, "webhook_id": webhook.id}


def change(webhook, **said):
    return perform(change_webhook, **owner_of(webhook), **said)


def test_what_is_not_said_stays(alice) -> None:
    webhook, _ = add(alice, kinds=["bid_placed"], description="a desk")
    changed = change(webhook, url="https://hooks.example/y")
    assert (changed.url, changed.kinds, changed.description) == ("https://hooks.example/y", ("bid_placed",), "a desk")
    assert change(webhook, kinds=[]).kinds == ()
    event = Event.objects.latest("id")
    assert (event.kind, event.payload) == ("webhook_changed", {"kinds": (), "is_enabled": True})


def test_its_owner_disables_and_enables_it(alice, travel) -> None:
    webhook, _ = add(alice)
    first = change(webhook, is_enabled=False).disabled_at
    travel(seconds=1)
    assert change(webhook, is_enabled=False).disabled_at == first
    enabled = change(webhook, is_enabled=True)
    assert (enabled.disabled_at, enabled.disabled_reason, enabled.failures) == (None, "", 0)


def test_what_changes_nothing_is_no_event(alice) -> None:
    webhook, _ = add(alice)
    before = Event.objects.count()
    change(webhook, is_enabled=True, kinds=[])
    assert Event.objects.count() == before


def test_nobody_changes_anothers(venue, alice, bob) -> None:
    webhook, _ = add(alice)
    for other in (bob.id, None):
        with refused(AccountRefusal.WEBHOOK_UNKNOWN):
            perform(change_webhook, **{**owner_of(webhook), "provider_id": other}, is_enabled=False)


def test_it_goes_to_nothing_that_may_not_be(alice) -> None:
    webhook, _ = add(alice)
    with refused(AccountRefusal.WEBHOOK_URL_REFUSED):
        change(webhook, url="https://10.0.0.1/")
    with refused(AccountRefusal.WEBHOOK_KIND_UNKNOWN):
        change(webhook, kinds=["book_received"])
