"""Who wants to be told says where, and gets the secret once."""

import pytest

from accounts.models import Webhook, WebhookSecret
from accounts.operations.webhooks.add_webhook import add_webhook
from accounts.rules.refusals import AccountRefusal
from backstop.management.commands.relay import publish
from backstop.models import Event, LastPosition
from tests import builders as build
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db

URL = "https://hooks.example/x"


def add(party, url: str = URL, **said) -> tuple[Webhook, str]:
    """Of a provider, or of a venue."""
    of_venue = not hasattr(party, "venue_id")
    whose = {"venue_id": party.id if of_venue else party.venue_id, "provider_id": None if of_venue else party.id}
    return perform(add_webhook, **whose, url=url, **said)


def test_it_is_told_of_what_is_published_from_then_on(alice) -> None:
    publish()
    webhook, secret = add(alice, kinds=["bid_placed", "bid_placed"], description="a desk")
    assert webhook.position == LastPosition.objects.get().position > 0
    assert (webhook.kinds, webhook.is_enabled) == (("bid_placed",), True)
    assert secret.startswith("whsec_")
    event = Event.objects.latest("id")
    assert (event.kind, event.provider_id, event.payload) == ("webhook_added", alice.id, {"kinds": ("bid_placed",)})


def test_its_secret_is_stored_encrypted(alice) -> None:
    _, secret = add(alice)
    stored = bytes(WebhookSecret.objects.get().content)
    assert secret.removeprefix("whsec_").encode() not in stored
    assert len(stored) == 12 + 32 + 16


@pytest.mark.parametrize("url", ["http://hooks.example", "https://127.0.0.1/", "https://hooks.example:8443/"])
def test_what_is_not_public_https_is_refused(alice, url) -> None:
    with refused(AccountRefusal.WEBHOOK_URL_REFUSED):
        add(alice, url)


def test_what_it_is_not_told_of_anyway_is_refused(venue, alice) -> None:
    add(venue, kinds=["book_received"])
    for party, kind in ((alice, "book_received"), (alice, "nothing"), (venue, "readiness_declared")):
        with refused(AccountRefusal.WEBHOOK_KIND_UNKNOWN, match=kind):
            add(party, kinds=[kind])


def test_a_party_has_so_many(venue, alice, settings) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "webhooks": 1}
    add(alice)
    add(venue)
    with refused(AccountRefusal.WEBHOOKS_TOO_MANY):
        add(alice)


def test_another_venues_provider_has_none_here(venue) -> None:
    stranger = build.a_provider(build.a_venue(), "Mallory")
    with refused(AccountRefusal.PROVIDER_UNKNOWN):
        perform(add_webhook, venue_id=venue.id, provider_id=stranger.id, url=URL)
