"""Ed25519 signatures (RFC 8032): what is promised or published can be held against whoever published the key.

Pure: the same key and message always give the same signature, so that a promise can be derived again instead of being
stored.
"""

import base64
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

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


def public_key_from_text(text: str) -> bytes:
    """The 32 bytes of a public key that is written in base64, or in PEM as `openssl pkey -pubout` does. Raises
    `KeyRefused`."""
    try:
        if text.lstrip().startswith("-----BEGIN"):
            key = load_pem_public_key(text.strip().encode())
            content = key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else b""
        else:
            content = base64.b64decode(text.strip(), validate=True)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("a public key is written in base64, or in PEM") from None
    if len(content) != KEY_BYTES:
        raise KeyRefused(f"a public key has {KEY_BYTES} bytes")
    return content


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of this key signed this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
