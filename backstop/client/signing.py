"""Signs requests by RFC 9421, in the one profile that the API takes, with an Ed25519 key that its holder keeps."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

COVERED = ("@method", "@authority", "@path", "@query", "content-digest")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with a private key, as the holder of the API key `key_id`. May be shared by threads."""

    key_id: str
    private_key: Ed25519PrivateKey

    @classmethod
    def from_pem(cls, key_id: str, pem: bytes, password: bytes | None = None) -> "Signer":
        """The signer whose key `openssl genpkey -algorithm ed25519` made. Raises ValueError."""
        private_key = load_pem_private_key(pem, password)
        if not isinstance(private_key, Ed25519PrivateKey):
            raise ValueError("this is no private key of Ed25519")
        return cls(key_id, private_key)

    @property
    def public_key(self) -> str:
        """What is registered of it, in base64."""
        return base64.b64encode(self.private_key.public_key().public_bytes_raw()).decode()

    def headers(
        self, method: str, url: str, body: bytes = b"", *, created: int | None = None, nonce: str | None = None
    ) -> dict[str, str]:
        """The headers that sign one request, to be sent at once and once.

        `created` is in seconds since 1970, now unless it is said; a `nonce` has 16 to 64 letters, digits, - and _.
        """
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        named = " ".join(f'"{name}"' for name in COVERED)
        created, nonce = int(time.time()) if created is None else created, nonce or secrets.token_urlsafe(24)
        parameters = f'({named});created={created};keyid="{self.key_id}";nonce="{nonce}"'
        signature = self.private_key.sign(_signed_text(method, url, digest, parameters))
        return {
            "Content-Digest": digest,
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{base64.b64encode(signature).decode()}:",
        }


def _signed_text(method: str, url: str, digest: str, parameters: str) -> bytes:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(f":{DEFAULT_PORTS.get(parts.scheme, '')}")
    values = (method, host, parts.path or "/", f"?{parts.query}", digest)
    lines = [*zip(COVERED, values, strict=True), ("@signature-params", parameters)]
    return "\n".join(f'"{name}": {value}' for name, value in lines).encode()
