"""Every party signs a cover by a key of its own: the venue offers it so, the last insurer makes it whole."""

import pytest

from accounts.models import CoverSignature, PublicKey
from accounts.operations.covers.sign_cover import sign_cover
from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.refusals import AccountRefusal
from tests import covers
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def cover(venue, alice, bob):
    return covers.drafted(venue, {alice: 7000, bob: 3000})


def by(cover, provider, key, *, signature=None):
    private_key, public_key = key
    said = {"public_key": public_key, "signature": signature or covers.signature_of(private_key, cover.content_hash)}
    whose = {"venue_id": cover.venue_id, "provider_id": provider and provider.id}
    return perform(sign_cover, cover_id=cover.id, **whose, **said)


def test_the_venue_offers_it_and_the_last_insurer_makes_it_signed(cover, alice, bob) -> None:
    with refused(AccountRefusal.COVER_UNKNOWN):  # it is offered to nobody yet
        covers.sign(cover, alice)
    assert covers.sign(cover).state == "OFFERED"
    assert covers.sign(cover, bob).state == "OFFERED"
    assert covers.sign(cover, alice).state == "SIGNED"
    assert covers.sign(cover, alice).state == "SIGNED"
    assert CoverSignature.objects.count() == 3


def test_a_signature_counts_by_a_live_key_of_the_party_alone(cover, venue, alice, bob) -> None:
    covers.sign(cover)
    own, other = covers.private_key_of(venue, alice), covers.private_key_of(venue, bob)
    with refused(AccountRefusal.COVER_SIGNATURE_REFUSED, match="no live key"):
        by(cover, alice, other)
    with refused(AccountRefusal.COVER_SIGNATURE_REFUSED, match="32 bytes"):
        by(cover, alice, own, signature=covers.signature_of(other[0], cover.content_hash))
    with refused(AccountRefusal.COVER_SIGNATURE_REFUSED, match="32 bytes"):
        by(cover, alice, own, signature=own[0].sign(bytes.fromhex(cover.content_hash)))
    perform(revoke_key, key=PublicKey.objects.get(text=own[1]).key)
    with refused(AccountRefusal.COVER_SIGNATURE_REFUSED, match="no live key"):
        by(cover, alice, own)
    assert not CoverSignature.objects.filter(provider=alice).exists()


def test_at_the_instant_at_which_it_lapses_nobody_signs_it_any_more(cover, alice, travel) -> None:
    travel.to(cover.lapses_at)
    with refused(AccountRefusal.COVER_NOT_IN_STATE, match="lapsed"):
        covers.sign(cover)
    travel(microseconds=-1)
    covers.sign(cover)
    travel(microseconds=1)
    with refused(AccountRefusal.COVER_NOT_IN_STATE, match="lapsed"):
        covers.sign(cover, alice)


def test_who_is_no_party_finds_no_cover(cover, venue, bob) -> None:
    only_bobs = covers.drafted(venue, {bob: 10_000})
    alone = cover.shares.get(provider__name="Alice").provider
    with refused(AccountRefusal.COVER_UNKNOWN):
        covers.sign(only_bobs, alone)
