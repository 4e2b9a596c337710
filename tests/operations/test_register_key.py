"""A granted key is collected by a public key: nobody ever had a secret of it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import transaction
from django.db.utils import IntegrityError

from accounts.models import ApiKey, Provider, PublicKey, User
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.register_key import register_key
from accounts.operations.people.set_member import set_member
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from backstop.refusals import GroundRefusal
from tests.builders import perform
from tests.refusing import refused
from tests.signing import a_public_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice) -> ApiKey:
    for name in ("olivia", "mia"):
        User.objects.create_user(name)
    whose = {"venue_id": alice.venue_id, "provider_id": alice.id}
    perform(set_member, **whose, username="mia", reason="hired")
    return granted(alice)


def granted(provider: Provider) -> ApiKey:
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id}
    return perform(grant_key, actor="user:olivia", **whose, scopes=("bids",), reason="a desk")


def test_a_key_is_its_members_once_its_public_half_is_known(key) -> None:
    public_key = a_public_key()
    registered = perform(register_key, actor="user:mia", key_id=key.id, public_key=public_key, window_seconds=7)
    known = PublicKey.objects.get()
    assert (known.key_id, known.text, known.window_seconds) == (key.id, public_key, 7)
    assert (registered.person, registered.is_to_be_collected) == ("mia", False)
    event = Event.objects.latest("created_at", "id")
    assert (event.kind, event.payload["public_key"]) == ("key_registered", public_key)
    for collecting in (collect_key, register_key):
        with refused(AccountRefusal.KEY_NOT_WAITING):
            said = {"public_key": a_public_key()} if collecting is register_key else {}
            perform(collecting, actor="user:mia", key_id=key.id, **said)


def test_who_does_not_belong_to_its_provider_registers_nothing(key) -> None:
    with refused(AccountRefusal.KEY_NOT_WAITING):
        perform(register_key, actor="user:olivia", key_id=key.id, public_key=a_public_key())


def test_it_is_written_in_base64_or_pem(key) -> None:
    private_key = Ed25519PrivateKey.generate()
    pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    perform(register_key, actor="user:mia", key_id=key.id, public_key=pem)
    assert PublicKey.objects.get().content == private_key.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    "text", ["", "AAAA", "no base64", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_public_key_is_refused(key, text) -> None:
    with refused(AccountRefusal.PUBLIC_KEY_REFUSED):
        perform(register_key, actor="user:mia", key_id=key.id, public_key=text)


def test_a_public_key_is_of_one_key_for_ever(alice, key) -> None:
    said = {"actor": "user:mia", "public_key": a_public_key()}
    perform(register_key, key_id=key.id, **said)
    with refused(AccountRefusal.PUBLIC_KEY_KNOWN):
        perform(register_key, key_id=granted(alice).id, **said)


@pytest.mark.parametrize("seconds", [0, 31])
def test_a_signature_is_good_for_thirty_seconds_at_most(key, seconds) -> None:
    said = {"key_id": key.id, "public_key": a_public_key()}
    with refused(GroundRefusal.OUT_OF_RANGE):
        perform(register_key, actor="user:mia", **said, window_seconds=seconds)
    with pytest.raises(IntegrityError, match="public_key_window_short"), transaction.atomic():
        PublicKey.objects.create(key=key, text="x", window_seconds=seconds)
