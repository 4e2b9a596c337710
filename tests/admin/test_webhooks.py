"""Webhooks in the admin: added and rotated on pages that show the secret once, a provider's to its members alone."""

import re

import pytest
from django.urls import reverse

from accounts.models import Member, User, Webhook, WebhookDelivery
from tests.operations.test_add_webhook import URL, add
from tests.people import signed_in

NEW = "admin:accounts_webhook_new"


def secret_in(answer) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (secret,) = re.findall(r">(whsec_[^<]+)<", answer.content.decode())
    return secret


WHY = {"reason": "a test"}


def do(client, webhook, deed: str):
    page = reverse(f"admin:{webhook._meta.app_label}_{webhook._meta.model_name}_changelist")
    return client.post(f"{page}do/{deed}/?id={webhook.pk}", {"reason": "a test"})


def test_a_venues_is_added_and_its_secret_shown_once(client, venue) -> None:
    sent = {"venue": venue.pk, "url": URL, "reason": "a test", "kinds": "book_received lot_routed"}
    page = client.post(reverse(NEW), sent)
    assert "you are told of no such kind of event: lot_routed" in page.content.decode()
    secret = secret_in(client.post(reverse(NEW), {**sent, "kinds": "book_received"}))
    webhook = Webhook.objects.get()
    assert (webhook.kinds, webhook.provider) == (("book_received",), None)
    for name, args in (("changelist", ()), ("change", (webhook.pk,))):
        assert secret not in client.get(reverse(f"admin:accounts_webhook_{name}", args=args)).content.decode()
    assert secret_in(client.post(reverse("admin:accounts_webhook_rotate", args=[webhook.pk]), WHY)) != secret


def test_a_providers_secret_is_for_its_members(client, superuser, people) -> None:
    alice = people["Alice"]
    theirs, _ = add(people["Bob"])
    sent = {"venue": alice.venue_id, "provider": alice.pk, "url": URL, "reason": "a test"}
    assert "Select a valid choice" in client.post(reverse(NEW), sent).content.decode()
    Member.objects.create(user=superuser, provider=alice)
    secret_in(client.post(reverse(NEW), sent))
    assert Webhook.objects.get(provider=alice).url == URL
    assert client.post(reverse("admin:accounts_webhook_rotate", args=[theirs.pk]), WHY).status_code == 404


def test_an_operator_disables_enables_tests_redelivers_and_removes(client, people) -> None:
    webhook, _ = add(people["Alice"])
    for deed, enabled in (("disable", False), ("enable", True)):
        assert do(client, webhook, deed).status_code == 302
        assert Webhook.objects.get().is_enabled is enabled
    do(client, webhook, "test")
    WebhookDelivery.objects.update(due_at=None)
    do(client, WebhookDelivery.objects.get(), "redeliver")
    assert WebhookDelivery.objects.get().due_at is not None
    do(client, webhook, "remove")
    assert Webhook.objects.get().removed_at is not None


@pytest.mark.django_db
def test_who_may_not_add_one_does_not() -> None:
    User.objects.create_user("mia", is_staff=True)
    client = signed_in(User.objects.get())
    assert client.post(reverse(NEW), {}).status_code == 403
