"""Ed25519 signatures (RFC 8032): what is promised or published can be held against whoever published the key.

Pure: the same key and message always give the same signature, so that a promise can be derived again instead of being
stored.
"""

import base64
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES = 32


class KeyRefused(ValueError):
    """Not a key."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, as the 32 bytes that it is made from; never shown."""

    seed: bytes

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """The key whose seed is written in base64. Raises `KeyRefused`."""
        try:
            seed = base64.b64decode(text, validate=True)
        except ValueError:
            raise KeyRefused("a key is written in base64") from None
        if len(seed) != KEY_BYTES:
            raise KeyRefused(f"a key has {KEY_BYTES} bytes")
        return cls(seed)

    @cached_property
    def public_key(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __repr__(self) -> str:
        return f"SigningKey of {self.public_key.hex()}"


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of this key signed this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
