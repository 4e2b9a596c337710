"""A key is restricted: it opens less than before, never more."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ApiKey
from accounts.operations.keys.restrict_key import restrict_key
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Event
from tests.builders import a_provider_key, perform
from tests.refusing import refused

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


@pytest.mark.parametrize("text", ["nowhere", "192.0.2.1/24", "300.0.0.1"])
def test_what_is_no_network_is_refused(key, text) -> None:
    with refused(AccountRefusal.NETWORKS_REFUSED):
        restricted(key, networks=[text])
