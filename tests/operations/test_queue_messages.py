"""What is published becomes one message of each webhook that is to be told of it."""

import pytest

from accounts.desks import webhooks
from accounts.models import WebhookDelivery
from accounts.operations.people.create_group import create_group
from accounts.operations.webhooks import queue_messages as queueing
from accounts.operations.webhooks.change_webhook import change_webhook
from accounts.operations.webhooks.queue_messages import queue_messages
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.management.commands.relay import publish
from tests import builders as build
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of

pytestmark = pytest.mark.django_db


def queue(**said) -> int:
    """Publish whatever happened, and queue it."""
    while publish():
        pass
    return perform(queue_messages, **said)


def kinds(webhook) -> list[str]:
    queued = WebhookDelivery.objects.filter(webhook=webhook).order_by("position")
    return [kind for kind in queued.values_list("kind", flat=True) if not kind.startswith("webhook_")]


def test_each_is_told_of_what_it_may_see(venue, alice, bob) -> None:
    publish()
    of_venue, of_alice, of_bob = (add(each)[0] for each in (venue, alice, bob))
    perform(create_group, venue=venue, name="North", reason="a test")
    perform(suspend_provider, provider=alice, reason="late")
    assert queue() == 3
    assert kinds(of_venue) == ["group_created", "provider_suspended"]
    assert kinds(of_alice) == ["provider_suspended"]
    assert kinds(of_bob) == []
    assert queue() == 0


def test_each_is_told_of_its_kinds_alone(venue) -> None:
    publish()
    webhook, _ = add(venue, kinds=["group_created"])
    for name in ("North", "South"):
        perform(create_group, venue=venue, name=name, reason="a test")
    build.a_provider(venue, "Charlie")
    queue()
    assert set(WebhookDelivery.objects.filter(webhook=webhook).values_list("kind", flat=True)) == {"group_created"}
    assert "provider_created" not in kinds(webhook)


def test_another_venues_events_are_nobodys_here(venue) -> None:
    publish()
    webhook, _ = add(venue)
    other = build.a_venue()
    perform(create_group, venue=other, name="Far", reason="a test")
    queue()
    assert kinds(webhook) == []


def test_who_is_behind_catches_up_in_order_and_without_a_gap(venue, monkeypatch) -> None:
    monkeypatch.setattr(queueing, "AT_ONCE", 2)
    publish()
    webhook, _ = add(venue, kinds=["group_created"])
    for name in "abcde":
        perform(create_group, venue=venue, name=name, reason="a test")
    publish()
    assert [queue() for _ in range(4)] == [1, 1, 1, 0]
    positions = list(webhook.deliveries.order_by("position").values_list("position", flat=True))
    assert positions == list(range(positions[0], positions[0] + 5))


def test_who_takes_nothing_stays_behind_and_loses_nothing(venue, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_WAITING", 1)
    publish()
    webhook, _ = add(venue, kinds=["group_created"])
    perform(create_group, venue=venue, name="a", reason="a test")
    queue()
    perform(create_group, venue=venue, name="b", reason="a test")
    assert queue() == 0
    assert webhook.deliveries.count() == 1
    webhook.deliveries.update(due_at=None)
    assert queue() == 1
    assert webhook.deliveries.count() == 2


def test_one_that_is_disabled_goes_on_where_it_was(venue) -> None:
    publish()
    webhook, _ = add(venue, kinds=["group_created"])
    perform(change_webhook, **owner_of(webhook), is_enabled=False)
    perform(create_group, venue=venue, name="a", reason="a test")
    assert queue() == 0
    perform(change_webhook, **owner_of(webhook), is_enabled=True)
    queue()
    assert kinds(webhook) == ["group_created"]


def test_only_venues_that_are_looked_after_are_served(venue) -> None:
    add(venue)
    assert queue(venues=["elsewhere"]) == 0
    assert queue(venues=[venue.code]) == 1


def test_a_provider_whose_time_has_ended_is_told_nothing_more(venue) -> None:
    charlie = build.a_provider(venue, "Charlie", collateral="0")
    add(charlie)
    perform(end_provider, provider=charlie, reason="gone")
    assert queue() == 0
