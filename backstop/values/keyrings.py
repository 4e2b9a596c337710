"""Master keys from the environment, under which other keys are stored: AES-256-GCM (NIST SP 800-38D).

Guarantees that a wrapped key can be unwrapped only with its master key and only for what it was made for.
"""

import base64
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)


class KeyringRefused(ValueError):
    """Not the text of a keyring."""


class KeyMissing(LookupError):
    """The master key that a key was wrapped with is not at hand, or is another one."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored: the name of the master key, and nonce and ciphertext under it."""

    master: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys by name. The first one wraps; all unwrap, so that a new one can be put before the old ones."""

    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> "Keyring":
        """`name:base64` of 32 bytes, separated by commas, the current one first. Raises `KeyringRefused`."""
        keys: dict[str, bytes] = {}
        for each in text.split(","):
            name, _, key = each.strip().partition(":")
            if not _NAME.fullmatch(name) or name in keys:
                raise KeyringRefused("keys are written name:base64, separated by commas, each name once")
            keys[name] = _key_bytes(key)
        return cls(keys)

    @property
    def current(self) -> str:
        """The name of the key that wraps."""
        return next(iter(self.keys))

    def wrap(self, key: bytes, purpose: bytes, nonce: bytes) -> WrappedKey:
        """`key` under the current master key; `nonce` is `NONCE_BYTES` that were never used before."""
        return WrappedKey(self.current, nonce + AESGCM(self.keys[self.current]).encrypt(nonce, key, purpose))

    def unwrap(self, wrapped: WrappedKey, purpose: bytes) -> bytes:
        """The key again. Raises `KeyMissing`."""
        master = self.keys.get(wrapped.master)
        if master is None:
            raise KeyMissing(f"there is no master key {wrapped.master!r}")
        try:
            nonce, content = wrapped.content[:NONCE_BYTES], wrapped.content[NONCE_BYTES:]
            return AESGCM(master).decrypt(nonce, content, purpose)
        except (InvalidTag, ValueError):
            raise KeyMissing(f"master key {wrapped.master!r} does not fit") from None


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise KeyringRefused("a key is written in base64") from None
    if len(key) != KEY_BYTES:
        raise KeyringRefused(f"a key has {KEY_BYTES} bytes")
    return key
