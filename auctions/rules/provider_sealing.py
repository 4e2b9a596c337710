"""Bids that their providers seal themselves, to a key of the auction that is released when it is decided.

A sealed offer is of one length, opens for the bid it was sealed for alone, and is what its digest commits to.
`seal_offer` is the reference for providers; docs/sealed_bids.md has it in a few lines of its own.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auctions.rules.encryption import SealBroken, decrypt_offer, encrypt_offer
from auctions.rules.sealing import OFFER_BYTES, Offer, decode_offer, framed, maxima_of
from backstop.values.bps import BPS_PER_ONE
from backstop.values.keyrings import KEY_BYTES, NONCE_BYTES

PUBLIC_KEY_BYTES = 32
TAG_BYTES = 16
SEALED_OFFER_BYTES = PUBLIC_KEY_BYTES + NONCE_BYTES + OFFER_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class SealedPromise:
    """What a provider sends in place of an offer, for one auction: what it sealed, and the maxima that it declares.
    It stands up to a drift of `max_drift_bps`, which its digest says since transcripts of version 6, and until
    `expires_at` (None: to the end), which it says since version 7."""

    auction_id: UUID
    public_key: bytes
    sealed_offer: bytes
    max_units: int
    max_pay_bps: Decimal
    max_drift_bps: Decimal | None = None
    expires_at: datetime | None = None

    def digest(self, pseudonym: str, salt: bytes) -> bytes:
        """What commits to the bid: like `sealing.digest_of`, over what was sent and the key that it was sealed to."""
        said = framed("sealed digest", *self._parts(self.max_drift_bps, self.expires_at), pseudonym.encode(), salt)
        return hashlib.sha256(said).digest()

    def fingerprint(
        self, auction_key: bytes, provider_id: UUID, client_bid_id: str, named_drift_bps: Decimal | None = None
    ) -> bytes:
        """By what the same bytes are known when they are sent again, and with them the limit of drift that is named."""
        parts = self._parts(named_drift_bps)
        said = framed("sealed fingerprint", *parts, provider_id.bytes, client_bid_id.encode())
        return hmac.digest(auction_key, said, "sha256")

    def _parts(self, max_drift_bps: Decimal | None, expires_at: datetime | None = None) -> tuple[bytes, ...]:
        maxima = maxima_of(self.max_units, self.max_pay_bps, max_drift_bps, expires_at)
        return self.auction_id.bytes, self.public_key, self.sealed_offer, *maxima


def public_key_of(private_key: bytes) -> bytes:
    """The X25519 public key, of 32 bytes, to which offers are sealed. Raises ValueError for another length."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal_offer(offer: Offer, public_key: bytes, binding: bytes, *, ephemeral_key: bytes, nonce: bytes) -> bytes:
    """What a provider sends: ephemeral public key, nonce, and AES-256-GCM ciphertext of the offer.

    `binding` is `encryption.binding_of` the bid; `ephemeral_key` are 32 and `nonce` 12 random bytes, new for each bid.
    Raises `OfferUnreadable` for an offer that no bytes stand for, ValueError for a key that is none.
    """
    ephemeral_public = public_key_of(ephemeral_key)
    key = _content_key(ephemeral_key, public_key, ephemeral_public, public_key)
    return ephemeral_public + encrypt_offer(AESGCM(key), nonce, offer, binding)


def open_offer(private_key: bytes, sealed_offer: bytes, binding: bytes) -> Offer:
    """What was sealed for the bid that `binding` stands for. Raises `SealBroken`, whatever was sent."""
    try:
        key, _, _ = _parts_of(private_key, sealed_offer)
    except ValueError:
        raise SealBroken("this was not sealed to the auction's key") from None
    return decrypt_offer(AESGCM(key), sealed_offer[PUBLIC_KEY_BYTES:], binding)


def read_offer(private_key: bytes, sealed_offer: bytes) -> Offer | None:
    """What the sealed offer says, if anything, to somebody who does not know for whose bid it was sealed.

    Only who knows that can check the tag; what it says is certain without.
    """
    try:
        key, nonce, content = _parts_of(private_key, sealed_offer)
        return decode_offer(Cipher(AES(key), GCM(nonce)).decryptor().update(content))
    except ValueError:
        return None


def is_takeable(offer: Offer, max_units: int, max_pay_bps: Decimal, *, takes_packages: bool) -> bool:
    """Whether an offer, when it is opened, is one that would have been taken in: equal to its maxima at most, with one
    edge, within a hundred percent, and no package where none are taken."""
    within = offer.units <= max_units and max_pay_bps.copy_negate() <= offer.edge_bps <= BPS_PER_ONE
    return within and offer.inverse_edge_bps is None and (takes_packages or not offer.is_package)


def _parts_of(private_key: bytes, sealed_offer: bytes) -> tuple[bytes, bytes, bytes]:
    """The key of the content, its nonce, and the content without its tag. Raises ValueError."""
    if len(sealed_offer) != SEALED_OFFER_BYTES:
        raise ValueError(f"a sealed offer has {SEALED_OFFER_BYTES} bytes")
    ephemeral_public = sealed_offer[:PUBLIC_KEY_BYTES]
    key = _content_key(private_key, ephemeral_public, ephemeral_public, public_key_of(private_key))
    start = PUBLIC_KEY_BYTES + NONCE_BYTES
    return key, sealed_offer[PUBLIC_KEY_BYTES:start], sealed_offer[start:-TAG_BYTES]


def _content_key(own: bytes, other: bytes, ephemeral_public: bytes, public_key: bytes) -> bytes:
    """X25519 (RFC 7748), then HKDF-SHA256 (RFC 5869) over both public keys. Raises ValueError, also where the other
    key is of low order and would make a secret that everybody knows."""
    shared = X25519PrivateKey.from_private_bytes(own).exchange(X25519PublicKey.from_public_bytes(other))
    info = framed("offer key", ephemeral_public, public_key)
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(shared)
