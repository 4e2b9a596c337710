"""Requests that their sender signs with a key of its own: RFC 9421, in one profile that leaves nothing to choose. Pure.

What is signed is the method, whom it is sent to, the path and query as they are sent, and the digest of the body, for
one moment and once. See docs/signing.md.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.rules.refusals import AccountRefusal

INPUT_HEADER, SIGNATURE_HEADER, DIGEST_HEADER = "Signature-Input", "Signature", "Content-Digest"
COVERED = '("@method" "@authority" "@path" "@query" "content-digest")'
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_INPUT = re.compile(rf"sig1=({re.escape(COVERED)}((?:;[a-z]+=[^;,]+){{3}}))")
_SIGNATURE = re.compile(r"sig1=:([A-Za-z0-9+/]{86}==):")
_PARAMETERS = {
    "created": re.compile(r"([1-9][0-9]{0,9})"),
    "keyid": re.compile(r'"([A-Za-z0-9_.-]{1,100})"'),
    "nonce": re.compile(r'"([A-Za-z0-9_-]{16,64})"'),
}
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")


@dataclass(frozen=True, slots=True)
class SignatureSent:
    """What a request says of its signature; `parameters` is the part that is signed itself, as it was sent."""

    key_id: str
    signed_at: datetime
    nonce: str
    parameters: str
    signature: bytes


def read_signature(said: str, signature: str) -> SignatureSent:
    """The signature of a request, from its two headers. Raises `signature_malformed`."""
    told, given = _INPUT.fullmatch(said), _SIGNATURE.fullmatch(signature)
    if told is None or given is None:
        raise AccountRefusal.SIGNATURE_MALFORMED.error()
    values = dict(part.split("=", 1) for part in told[2][1:].split(";"))
    found = {name: form.fullmatch(values.get(name, "")) for name, form in _PARAMETERS.items()}
    read = {name: value[1] for name, value in found.items() if value}
    if read.keys() != _PARAMETERS.keys():
        raise AccountRefusal.SIGNATURE_MALFORMED.error()
    signed_at = datetime.fromtimestamp(int(read["created"]), UTC)
    return SignatureSent(read["keyid"], signed_at, read["nonce"], told[1], base64.b64decode(given[1]))


def digest_of(body: bytes) -> str:
    """What Content-Digest says of this body (RFC 9530), of an empty one too."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def authority_of(host: str, scheme: str) -> str:
    """Whom a request is sent to, as it is signed: in lower case, and without the port that the scheme has anyway."""
    return host.lower().removesuffix(_DEFAULT_PORTS[scheme])


def is_named(authority: str, named: list[str]) -> bool:
    """Whether requests may be signed for this authority: it is one of these; where there are none, this host's own."""
    return authority in named if named else re.sub(r":[0-9]+$", "", authority) in LOOPBACK


def is_plain(path: str) -> bool:
    """Whether the path means the same to everybody: nothing in it is percent-encoded, and no address here has any."""
    return _PLAIN_PATH.fullmatch(path) is not None


def signed_text(*, method: str, authority: str, path: str, query: str, digest: str, parameters: str) -> bytes:
    """What is signed: the signature base of RFC 9421 (2.5)."""
    lines = {
        "@method": method,
        "@authority": authority,
        "@path": path,
        "@query": f"?{query}",
        "content-digest": digest,
        "@signature-params": parameters,
    }
    return "\n".join(f'"{name}": {value}' for name, value in lines.items()).encode("latin-1")
