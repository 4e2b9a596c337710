"""An offer as it is stored: of one length, for one bid, and not to be changed."""

from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.encryption import SealBroken, binding_of, decrypt_offer, encrypt_offer
from auctions.rules.sealing import OFFER_BYTES, Offer
from backstop.values.keyrings import NONCE_BYTES

CIPHER = AESGCM(bytes(range(32)))
NONCE = bytes(NONCE_BYTES)
AUCTION, ALICE, BOB = (UUID(int=number) for number in (1, 2, 3))
BINDING = binding_of(AUCTION, ALICE, "b1")


@given(units=st.integers(1, 2**31), edge=st.decimals(-10_000, 10_000, places=4), package=st.booleans())
def test_what_was_encrypted_is_decrypted_and_always_of_one_length(units: int, edge: Decimal, package: bool) -> None:
    offer = Offer(units, edge, package, units)
    content = encrypt_offer(CIPHER, NONCE, offer, BINDING)
    assert len(content) == NONCE_BYTES + OFFER_BYTES + 16
    assert decrypt_offer(CIPHER, content, BINDING) == offer


@pytest.mark.parametrize(
    "binding", [binding_of(BOB, ALICE, "b1"), binding_of(AUCTION, BOB, "b1"), binding_of(AUCTION, ALICE, "b2")]
)
def test_it_is_of_no_use_for_another_bid(binding: bytes) -> None:
    with pytest.raises(SealBroken):
        decrypt_offer(CIPHER, encrypt_offer(CIPHER, NONCE, Offer(1, Decimal(1)), BINDING), binding)


def test_no_bit_of_it_can_be_changed() -> None:
    content = encrypt_offer(CIPHER, NONCE, Offer(1, Decimal(1)), BINDING)
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(SealBroken):
            decrypt_offer(CIPHER, changed, BINDING)
    for cut in (b"", content[:11], content[:-1]):
        with pytest.raises(SealBroken):
            decrypt_offer(CIPHER, cut, BINDING)
