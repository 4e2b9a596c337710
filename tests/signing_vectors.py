"""Writes docs/signing_vectors.json by a library that is not ours: `python -m tests.signing_vectors` renews the file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from backstop.client.signing import COVERED
from tests.layout.bans import HOUSE

FILE = Path(HOUSE) / "docs" / "signing_vectors.json"

# The test key of RFC 9421 (B.1.4).
PRIVATE_KEY = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    "-----END PRIVATE KEY-----\n"
)
PUBLIC_KEY = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
KEY_ID = "bs_0123456789.venue"
CREATED = 1_800_000_000
BID = '{"client_bid_id": "mine-1", "units": 40, "edge_bps": "25"}'
SIGNED = [
    ("no body and no query: both are signed as empty", "GET", "https://api.example/v1/me", ""),
    ("a query", "GET", "https://api.example/v1/bids?state=LIVE&limit=50", ""),
    ("a query as it is sent, encoded", "GET", "https://api.example/v1/bids?since=2027-01-15T08%3A00%3A00Z", ""),
    ("a body", "POST", "https://api.example/v1/bids", BID),
    ("a host in lower case, with its port", "DELETE", "https://API.example:8443/v1/bids", ""),
    ("the port that the scheme has anyway is left out", "GET", "https://api.example:443/v1/me", ""),
]
# Of which request what is changed after it was signed, and the code that it is refused with.
REFUSED: list[tuple[str, int, dict[str, str], str]] = [
    ("another body", 3, {"body": BID.replace("40", "41")}, "digest_refused"),
    ("another method", 3, {"method": "PUT"}, "signature_refused"),
    ("another path", 3, {"url": "https://api.example/v1/marks"}, "signature_refused"),
    ("another query", 1, {"url": "https://api.example/v1/bids?state=LIVE&limit=51"}, "signature_refused"),
    ("another host", 0, {"url": "https://api.example:8443/v1/me"}, "signature_refused"),
    ("an encoded path", 0, {"url": "https://api.example/v1/m%65"}, "path_refused"),
]


def private_key() -> Ed25519PrivateKey:
    key = load_pem_private_key(PRIVATE_KEY.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def nonce_of(place: int) -> str:
    return f"nonce-of-vector-{place}"


def written() -> str:
    """The file as it has to be."""
    document = {
        "key_id": KEY_ID,
        "private_key": PRIVATE_KEY,
        "public_key": PUBLIC_KEY,
        "signed": [_signed(place, *request) for place, request in enumerate(SIGNED)],
        "refused": [
            {"title": title, "signed_as": SIGNED[place][0], "sent_with": change, "code": code}
            for title, place, change, code in REFUSED
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _signed(place: int, title: str, method: str, url: str, body: str) -> dict[str, Any]:
    keys = MappingKeyResolver(public_keys={}, private_keys={KEY_ID: private_key()})
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys)
    request = SimpleNamespace(method=method, url=url, headers={})
    said: dict[str, Any] = {
        "key_id": KEY_ID,
        "created": datetime.fromtimestamp(CREATED, UTC),
        "nonce": nonce_of(place),
        "label": "sig1",
        "include_alg": False,
        "covered_component_ids": COVERED,
    }
    text = signer.prepare(request, **said, body=body.encode()).signature_base.decode()
    request.headers.clear()
    signer.sign(request, **said, body=body.encode())
    return {
        "title": title,
        "method": method,
        "url": url,
        "body": body,
        "created": CREATED,
        "nonce": nonce_of(place),
        "signed_text": text,
        "headers": dict(request.headers),
    }


if __name__ == "__main__":
    FILE.write_text(written())
