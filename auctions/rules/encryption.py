"""A sealed bid's offer as it is stored: AES-256-GCM over the fixed-length offer, bound to the bid that it belongs to.

Guarantees that what is stored says nothing to who has not the key, not even how long the offer is, and that it cannot
be changed or moved to another bid.
"""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auctions.rules.sealing import Offer, decode_offer, encode_offer, framed
from backstop.values.keyrings import NONCE_BYTES


class SealBroken(ValueError):
    """Not what was sealed for this bid."""


def binding_of(auction_id: UUID, provider_id: UUID, client_bid_id: str) -> bytes:
    """What an offer is bound to: for any other bid, it cannot be decrypted."""
    return framed("offer", auction_id.bytes, provider_id.bytes, client_bid_id.encode())


def encrypt_offer(cipher: AESGCM, nonce: bytes, offer: Offer, binding: bytes) -> bytes:
    """Nonce and ciphertext; `nonce` is `NONCE_BYTES` that were never used with this key.

    Raises `OfferUnreadable` for an offer that no bytes stand for.
    """
    return nonce + cipher.encrypt(nonce, encode_offer(offer), binding)


def decrypt_offer(cipher: AESGCM, content: bytes, binding: bytes) -> Offer:
    """The offer again. Raises `SealBroken`."""
    try:
        return decode_offer(cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], binding))
    except (InvalidTag, ValueError):  # a nonce or an offer that is none are ValueErrors
        raise SealBroken("this is not what was sealed for this bid") from None
