"""A key is restricted: it opens less than before, never more."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ApiKey
from accounts.operations.keys.restrict_key import restrict_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.operations.keys.rotate_key import rotate_key
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Event
from tests.builders import a_provider_key, perform
from tests.refusing import refused
from tests.signing import a_public_key, a_signer

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice) -> ApiKey:
    a_provider_key(alice)
    return ApiKey.objects.latest("created_at")


def restricted(key: ApiKey, **said: Any) -> ApiKey:
    return perform(restrict_key, key=key, **said)


def test_it_opens_something_from_fewer_networks_and_for_less_long(key) -> None:
    ends_at = clock.now() + timedelta(days=1)
    restricted(key, networks=["192.0.2.0/24", " 2001:db8::/32", "192.0.2.0/24"])
    key = restricted(key, expires_at=ends_at)
    assert (key.networks, key.expires_at) == (("192.0.2.0/24", "2001:db8::/32"), ends_at)
    key = restricted(key, networks=["192.0.2.128/25"], expires_at=ends_at - timedelta(hours=1))
    assert (key.networks, key.expires_at) == (("192.0.2.128/25",), ends_at - timedelta(hours=1))
    event = Event.objects.latest("created_at", "id")
    assert (event.kind, event.payload["networks"]) == ("key_restricted", ("192.0.2.128/25",))


def test_it_never_opens_more(key) -> None:
    ends_at = clock.now() + timedelta(days=1)
    restricted(key, networks=["192.0.2.0/24"], expires_at=ends_at)
    for networks in (["192.0.2.0/23"], ["192.0.2.0/24", "198.51.100.7"], ["2001:db8::/32"]):
        with refused(AccountRefusal.KEY_WIDER):
            restricted(key, networks=networks)
    with refused(AccountRefusal.KEY_WIDER):
        restricted(key, expires_at=ends_at + timedelta(seconds=1))


@pytest.fixture
def successor(alice, travel) -> ApiKey:
    """Of a key that is live for a minute more."""
    travel.freeze()
    a_signer(alice)
    travel(seconds=600)
    key = ApiKey.objects.get(public_key__isnull=False)
    return perform(rotate_key, key_id=key.id, public_key=a_public_key(), overlap_seconds=60)


def test_what_it_was_rotated_into_opens_no_more_than_it(successor) -> None:
    key = successor.public_key.replaces.key
    restricted(key, networks=["192.0.2.0/24"])
    successor.refresh_from_db()
    assert (successor.networks, successor.expires_at) == (("192.0.2.0/24",), None), "the overlap's end is the key's own"
    restricted(successor, networks=["192.0.2.128/25"])
    ends_at = clock.now() + timedelta(seconds=9)
    before = Event.objects.count()
    restricted(key, expires_at=ends_at)
    successor.refresh_from_db()
    assert (successor.networks, successor.expires_at) == (("192.0.2.128/25",), ends_at)
    assert Event.objects.count() == before + 2


def test_what_asks_from_elsewhere_alone_is_revoked_first(successor) -> None:
    key = successor.public_key.replaces.key
    restricted(successor, networks=["192.0.2.0/24"])
    with refused(AccountRefusal.KEY_WIDER):
        restricted(key, networks=["198.51.100.0/24"])
    perform(revoke_key, key=successor)
    assert restricted(key, networks=["198.51.100.0/24"]).networks == ("198.51.100.0/24",)


@pytest.mark.parametrize("text", ["nowhere", "192.0.2.1/24", "300.0.0.1", "fe80::1%eth0", "fe80::%1/64"])
def test_what_is_no_network_is_refused(key, text) -> None:
    with refused(AccountRefusal.NETWORKS_REFUSED):
        restricted(key, networks=[text])
