"""A key is revoked once."""

import pytest

from accounts.models import ApiKey
from accounts.operations.keys.revoke_key import revoke_key
from tests.builders import a_venue_key, perform

pytestmark = pytest.mark.django_db


def test_revoking_twice_keeps_the_first_instant(venue, travel) -> None:
    a_venue_key(venue)
    first = perform(revoke_key, key=ApiKey.objects.get()).revoked_at
    travel(seconds=5)
    assert perform(revoke_key, key=ApiKey.objects.get()).revoked_at == first
