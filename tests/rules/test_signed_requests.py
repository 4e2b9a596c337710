"""How a signed request is read: one form, and nothing beside it."""

import pytest

from accounts.rules.refusals import AccountRefusal
from accounts.rules.signed_requests import COVERED, authority_of, is_named, is_plain, read_signature
from tests.refusing import refused

PARAMETERS = 'created=1800000000;keyid="bs_0.venue";nonce="0123456789abcdef"'
SIGNATURE = f"sig1=:{'A' * 86}==:"


def test_parameters_come_in_any_order_and_are_signed_as_they_came() -> None:
    for parameters in (PARAMETERS, ";".join(reversed(PARAMETERS.split(";")))):
        sent = read_signature(f"sig1={COVERED};{parameters}", SIGNATURE)
        assert (sent.key_id, sent.nonce) == ("bs_0.venue", "0123456789abcdef")
        assert sent.signed_at.timestamp() == 1_800_000_000
        assert sent.parameters == f"{COVERED};{parameters}"
        assert sent.signature == bytes(64)


@pytest.mark.parametrize(
    "said",
    [
        f"sig2={COVERED};{PARAMETERS}",
        f'sig1={COVERED};{PARAMETERS};alg="ed25519"',
        f"sig1={COVERED};{PARAMETERS},sig2={COVERED};{PARAMETERS}",
        f"sig1={COVERED.replace('@path', '@target-uri')};{PARAMETERS}",
        f"sig1={COVERED.replace(chr(34) + '@query' + chr(34) + ' ', '')};{PARAMETERS}",
        f"sig1={COVERED};{PARAMETERS.replace('created', 'expires')}",
        f"sig1={COVERED};{PARAMETERS.replace('=1800000000', '=-1')}",
        f"sig1={COVERED};{PARAMETERS.replace('0123456789abcdef', 'short')}",
        f"sig1={COVERED};{PARAMETERS.replace('0123456789abcdef', 'a' * 65)}",
        f"sig1={COVERED};{PARAMETERS.partition(';')[0]};{PARAMETERS.partition(';')[0]};{PARAMETERS[-24:]}",
        f"sig1={COVERED};{PARAMETERS}\n",
        "",
    ],
)
def test_any_other_form_is_refused(said: str) -> None:
    with refused(AccountRefusal.SIGNATURE_MALFORMED):
        read_signature(said, SIGNATURE)


@pytest.mark.parametrize("signature", ["", f"sig1=:{'A' * 88}:", f"sig1={'A' * 86}==", f"{SIGNATURE}, sig2=:AA==:"])
def test_a_signature_has_64_bytes_and_is_one(signature: str) -> None:
    with refused(AccountRefusal.SIGNATURE_MALFORMED):
        read_signature(f"sig1={COVERED};{PARAMETERS}", signature)


@pytest.mark.parametrize(
    ("host", "scheme", "authority"),
    [
        ("API.example", "https", "api.example"),
        ("api.example:443", "https", "api.example"),
        ("api.example:443", "http", "api.example:443"),
        ("api.example:8080", "http", "api.example:8080"),
        ("[::1]:80", "http", "[::1]"),
    ],
)
def test_whom_it_is_for_is_said_in_one_way(host: str, scheme: str, authority: str) -> None:
    assert authority_of(host, scheme) == authority


def test_who_has_no_public_name_is_asked_by_its_own() -> None:
    assert is_named("localhost:8001", [])
    assert is_named("[::1]", [])
    assert not is_named("example:80", [])
    assert not is_named("localhost", ["api.example"])
    assert not is_named("api.example:8080", ["api.example"])


def test_a_plain_path_means_the_same_to_everybody() -> None:
    assert is_plain("/v1/auctions/0b6f-7/bids")
    assert not any(map(is_plain, ["/v1/%6de", "/v1/m e", "/v1/é", "v1", "/v1/me;a", "/v1/me?a", "/v1/me\n", ""]))
