"""A key that signs gets a successor: two are live for a while, and they fall together."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ApiKey
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
def key(alice, travel) -> ApiKey:
    travel.freeze()
    a_signer(alice, scopes=["bids", "read"], networks=["192.0.2.0/24"], label="desk", person="mia", window_seconds=9)
    travel(seconds=600)
    return ApiKey.objects.get(public_key__isnull=False)


def rotated(key: ApiKey, seconds: int = 60, **said: Any) -> ApiKey:
    said = {"public_key": a_public_key(), **said}
    return perform(rotate_key, actor=f"key:{key.prefix}", key_id=key.id, overlap_seconds=seconds, **said)


def test_the_successor_is_for_the_same_and_the_key_ends(key) -> None:
    now = clock.now()
    successor = rotated(key)
    key.refresh_from_db()
    assert key.expires_at == now + timedelta(seconds=60)
    same = ("venue_id", "provider_id", "scopes", "networks", "label", "person", "issued_by", "granted_names")
    assert {name: getattr(successor, name) for name in same} == {name: getattr(key, name) for name in same}
    assert (successor.expires_at, successor.public_key.window_seconds) == (None, 9)
    kinds = set(Event.objects.filter(subject_id__in=[key.id, successor.id]).values_list("kind", "subject_id"))
    assert {("key_issued", successor.id), ("key_rotated", key.id)} <= kinds


def test_no_key_lives_longer_by_rotating(key) -> None:
    ends_at = clock.now() + timedelta(seconds=30)
    ApiKey.objects.update(expires_at=ends_at)
    successor = rotated(key)
    key.refresh_from_db()
    assert (key.expires_at, successor.expires_at) == (ends_at, ends_at)


def test_two_are_live_at_most(key, travel) -> None:
    successor = rotated(key)
    for each in (key, successor):
        with refused(AccountRefusal.KEY_ROTATED):
            rotated(each)
    travel(seconds=59)
    with refused(AccountRefusal.KEY_ROTATED):
        rotated(successor)
    travel(seconds=541)
    assert rotated(successor)
    with refused(AccountRefusal.KEY_REVOKED):
        rotated(key)


def test_who_rotates_may_ask_no_more_for_it_and_not_at_once_again(key, travel) -> None:
    successor = rotated(key, 0)
    assert (key.counts_as, successor.counts_as) == (key.id, key.id)
    for seconds in (0, 599):
        travel(seconds=seconds)
        with refused(AccountRefusal.KEY_RECENT):
            rotated(successor)
    travel(seconds=1)
    assert rotated(successor).counts_as == key.id


def test_who_revokes_a_key_revokes_what_it_was_rotated_into(key, travel) -> None:
    successor = key
    for _ in range(2):
        successor = rotated(successor, 0)
        travel(seconds=600)
    other = rotated(successor, 60)
    perform(revoke_key, key=key)
    assert not ApiKey.objects.filter(public_key__isnull=False, revoked_at=None).exists()
    assert Event.objects.filter(kind="key_revoked").count() == 4
    with refused(AccountRefusal.KEY_REVOKED):
        rotated(other)


def test_who_revokes_a_successor_leaves_the_one_before(key) -> None:
    perform(revoke_key, key=rotated(key))
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_key_with_a_secret_and_a_public_key_that_is_known_are_refused(alice, key) -> None:
    a_provider_key(alice)
    with refused(AccountRefusal.KEY_NOT_SIGNING):
        rotated(ApiKey.objects.filter(public_key=None).latest("created_at"))
    with refused(AccountRefusal.PUBLIC_KEY_KNOWN):
        rotated(key, public_key=key.public_key.text)
