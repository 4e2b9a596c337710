"""The published vectors: an independent library signs them so, the client signs them so, and the server takes them."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.authentication import _public_key
from accounts.models import ApiKey
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.signed_requests import authority_of, digest_of, read_signature, signed_text
from backstop import clock
from backstop.api.raw import RAW_PATH
from backstop.client.signing import Signer
from backstop.values.signatures import is_signed, public_key_from_text
from tests import signing_vectors
from tests.builders import a_provider, a_venue, perform
from tests.described import DescribedClient
from tests.signing_vectors import CREATED, FILE, KEY_ID, PUBLIC_KEY

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
SIGNED = {each["title"]: each for each in VECTORS["signed"]}


def test_they_are_what_an_independent_library_writes() -> None:
    assert FILE.read_text() == signing_vectors.written()


@pytest.mark.parametrize("title", SIGNED)
def test_the_client_signs_them_so(title: str) -> None:
    said = SIGNED[title]
    signer = Signer.from_pem(KEY_ID, VECTORS["private_key"].encode())
    assert signer.public_key == PUBLIC_KEY
    once = {"created": said["created"], "nonce": said["nonce"]}
    assert signer.headers(said["method"], said["url"], said["body"].encode(), **once) == said["headers"]


@pytest.mark.parametrize("title", SIGNED)
def test_the_server_reads_them_so(title: str) -> None:
    said = SIGNED[title]
    parts, headers = urlsplit(said["url"]), said["headers"]
    sent = read_signature(headers["Signature-Input"], headers["Signature"])
    assert (sent.key_id, sent.nonce, sent.signed_at.timestamp()) == (KEY_ID, said["nonce"], said["created"])
    text = signed_text(
        method=said["method"],
        authority=authority_of(parts.netloc, parts.scheme),
        path=parts.path,
        query=parts.query,
        digest=digest_of(said["body"].encode()),
        parameters=sent.parameters,
    )
    assert text.decode() == said["signed_text"]
    assert is_signed(public_key_from_text(PUBLIC_KEY), text, sent.signature)


@pytest.mark.django_db
def test_whatever_is_said_to_be_refused_is_refused_so(settings, travel) -> None:
    settings.PUBLIC_AUTHORITIES, settings.ALLOWED_HOSTS = ["api.example", "api.example:8443"], ["*"]
    travel.freeze()
    travel(seconds=CREATED - clock.now().timestamp())
    alice = a_provider(a_venue("venue"))
    perform(issue_key, venue=alice.venue, provider=alice, scopes=["read", "bids"], public_key=PUBLIC_KEY)
    ApiKey.objects.update(prefix=KEY_ID.partition(".")[0])
    _public_key.cache_clear()
    for each in VECTORS["refused"]:
        signed = SIGNED[each["signed_as"]]
        assert (each["title"], sent(signed | each["sent_with"])["code"]) == (each["title"], each["code"])
    codes = [sent(each).get("code", "") for each in VECTORS["signed"]]
    assert not {code for code in codes if code.startswith(("signature", "digest", "key", "authority"))}
    _public_key.cache_clear()


def sent(request: dict[str, Any]) -> Any:
    """What is answered to this request with the headers that it says, whatever they were for."""
    parts = urlsplit(request["url"])
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request["headers"].items()}
    client = DescribedClient(raise_request_exception=False)
    said = {"secure": True, "HTTP_HOST": parts.netloc, RAW_PATH: parts.path}
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return client.generic(request["method"], path, request["body"], "application/json", **headers, **said).json()
