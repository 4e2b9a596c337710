"""A granted key is collected once, by a member of its provider who had no part in granting it."""

import pytest

from accounts.models import ApiKey, Provider, User
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.register_key import register_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.operations.people.set_member import set_member
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests.builders import a_provider, perform
from tests.refusing import refused
from tests.signing import a_public_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice) -> ApiKey:
    """Olivia has granted it to Alice, to whom Mia and Olivia's other account belong; Ned belongs to Bob."""
    for name, email in (("olivia", "o@x.example"), ("liv", "o@x.example"), ("mia", ""), ("ned", "")):
        User.objects.create_user(name, email)
    for provider, name in ((alice, "mia"), (alice, "liv"), (a_provider(alice.venue, "Ned"), "ned")):
        join(provider, name)
    said = {"venue_id": alice.venue_id, "provider_id": alice.id, "scopes": ("bids",), "reason": "a desk"}
    return perform(grant_key, actor="user:olivia", **said)


def join(provider: Provider, name: str) -> None:
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id}
    perform(set_member, **whose, username=name, reason="hired")


def test_its_secret_is_known_to_who_collects_it_and_shown_once(key) -> None:
    assert key.is_to_be_collected
    collected, secret = perform(collect_key, actor="user:mia", key_id=key.id)
    assert (collected.person, collected.secret_hash) == ("mia", hash_of(secret))
    assert secret.startswith(f"{key.prefix}.{key.venue.code}.")
    assert Event.objects.latest("created_at", "id").kind == "key_collected"
    with refused(AccountRefusal.KEY_NOT_WAITING):
        perform(collect_key, actor="user:mia", key_id=key.id)


@pytest.mark.parametrize("name", ["ned", "olivia"])
def test_who_does_not_belong_to_its_provider_finds_no_such_key(key, name) -> None:
    with refused(AccountRefusal.KEY_NOT_WAITING):
        perform(collect_key, actor=f"user:{name}", key_id=key.id)


def test_who_granted_it_does_not_collect_it_by_another_account(key) -> None:
    with refused(AccountRefusal.KEY_GRANTED_BY_YOU):
        perform(collect_key, actor="user:liv", key_id=key.id)


def test_a_program_collects_nothing(key) -> None:
    with refused(AccountRefusal.PERSON_UNKNOWN):
        perform(collect_key, actor="command:collect", key_id=key.id)


def test_what_is_revoked_is_not_collected(key) -> None:
    perform(revoke_key, key=key)
    with refused(AccountRefusal.KEY_NOT_WAITING):
        perform(collect_key, actor="user:mia", key_id=key.id)


def test_on_given_servers_what_writes_is_collected_by_a_public_key_alone(key, settings) -> None:
    settings.BEARER_KEYS_WRITE = False
    with refused(AccountRefusal.KEY_MUST_SIGN):
        perform(collect_key, actor="user:mia", key_id=key.id)
    registered = perform(register_key, actor="user:mia", key_id=key.id, public_key=a_public_key())
    assert registered.person == "mia"
