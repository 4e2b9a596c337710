"""A signed request is its sender's: as it was signed, to whom, at that moment, and once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from accounts.models import ApiKey, SpentNonce
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.operations.keys.rotate_key import rotate_key
from accounts.rules.keys import ROTATED_AFTER
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from backstop.client.signing import Signer
from backstop.models import Bucket
from tests.builders import a_provider, a_provider_key, a_venue, api_client, perform
from tests.signing import HOST, SigningClient, a_public_key, a_signer

pytestmark = pytest.mark.django_db

COMMITMENT = json.dumps({"min_edge_bps": "5"}).encode()
JSON = "application/json"
ALLOWED, OTHER = "192.0.2.7", "198.51.100.7"


@pytest.fixture(autouse=True)
def _host(settings) -> None:
    settings.PUBLIC_AUTHORITIES = [HOST]


@pytest.fixture
def alice():
    return a_provider(a_venue())


@pytest.fixture
def client(alice) -> SigningClient:
    return SigningClient(a_signer(alice))


def code_of(answer: Any) -> str:
    return str(answer.json().get("code", answer.status_code))


def me(client: SigningClient, **said: Any) -> str:
    return code_of(client.get("/v1/me", **said))


def test_who_signs_needs_no_secret(client, alice) -> None:
    answer = client.get("/v1/me")
    assert (answer.status_code, answer.json()["provider_id"]) == (200, str(alice.id))
    offered = client.post("/v1/commitments", COMMITMENT, content_type=JSON)
    assert offered.status_code == 201
    assert client.get(f"/v1/commitments/{offered.json()['id']}?", {}).status_code == 200
    assert client.get("/v1/commitments?limit=1").status_code == 200
    assert client.delete(f"/v1/commitments/{offered.json()['id']}").status_code == 200


def test_a_signature_is_good_once(client) -> None:
    signed = client.signed("GET", "/v1/me")
    assert me(client, **signed) == "200"
    assert me(client, **signed) == "nonce_used"
    assert me(client) == "200"


def test_a_nonce_is_spent_by_what_is_refused_too(client, alice) -> None:
    """Whoever kept the request could send it later, when it would not be refused."""
    signed = client.signed("POST", "/v1/commitments", COMMITMENT)
    perform(suspend_provider, provider=alice, reason="late")
    for expected in ("provider_suspended", "nonce_used"):
        assert code_of(client.post("/v1/commitments", COMMITMENT, content_type=JSON, **signed)) == expected


def test_a_nonce_is_its_keys_own(client, alice) -> None:
    other = SigningClient(a_signer(alice))
    nonce = "n" * 16
    answers = [me(each, **each.signed("GET", "/v1/me", nonce=nonce)) for each in (client, other, client)]
    assert answers == ["200", "200", "nonce_used"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/commitments", b'{"min_edge_bps": "6"}'),
        ("POST", "/v1/commitments", b""),
        ("POST", "/v1/bids", COMMITMENT),
        ("POST", "/v1/commitments?a=b", COMMITMENT),
        ("PUT", "/v1/commitments", COMMITMENT),
    ],
)
def test_nothing_else_is_sent_under_a_signature(client, method, path, body) -> None:
    signed = client.signed("POST", "/v1/commitments", COMMITMENT)
    wrong = "digest_refused" if body != COMMITMENT else "signature_refused"
    assert code_of(client.generic(method, path, body, JSON, **signed)) == wrong
    if body != COMMITMENT:  # with the digest of what is sent
        swapped = client.signed(method, path, body)["HTTP_CONTENT_DIGEST"]
        answer = client.generic(method, path, body, JSON, **(signed | {"HTTP_CONTENT_DIGEST": swapped}))
        assert code_of(answer) == "signature_refused"
    assert code_of(client.post("/v1/commitments", COMMITMENT, content_type=JSON, **signed)) == "201"


def test_a_signature_is_no_other_keys(client, alice) -> None:
    other = SigningClient(a_signer(alice))
    signed = client.signed("GET", "/v1/me")
    stolen = signed["HTTP_SIGNATURE_INPUT"].replace(client.signer.key_id, other.signer.key_id)
    assert me(client, **(signed | {"HTTP_SIGNATURE_INPUT": stolen})) == "signature_refused"
    unknown = signed["HTTP_SIGNATURE_INPUT"].replace(client.signer.key_id, "bs_0000000000.nowhere")
    assert me(client, **(signed | {"HTTP_SIGNATURE_INPUT": unknown})) == "key_unknown"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-6, "signature_outdated"), (-5, "200"), (0, "200"), (5, "200"), (6, "signature_early")],
)
def test_a_signature_is_good_for_five_seconds_by_the_databases_clock(client, travel, seconds, expected) -> None:
    assert me(client, **signed_in(client, travel, seconds)) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(-31, "signature_outdated"), (-30, "200")])
def test_a_key_may_have_a_window_of_thirty(alice, travel, seconds, expected) -> None:
    client = SigningClient(a_signer(alice, window_seconds=30))
    assert me(client, **signed_in(client, travel, seconds)) == expected


def signed_in(client: SigningClient, travel: Any, seconds: int) -> dict[str, str]:
    """What is signed so many seconds from now, while the clock stands at a whole second."""
    travel.freeze()
    now = clock.now()
    travel(seconds=-now.microsecond / 1_000_000)
    return client.signed("GET", "/v1/me", created=int(now.timestamp()) + seconds)


def test_what_is_signed_for_later_is_not_sent_later(client, travel) -> None:
    signed = signed_in(client, travel, 60)
    assert me(client, **signed) == "signature_early"
    travel(seconds=60)
    assert me(client, **signed) == "nonce_used"


def test_nonces_go_once_their_signatures_are_too_old(client, travel) -> None:
    kept = client.signed("GET", "/v1/me")
    assert me(client, **kept) == "200"
    travel(seconds=100)
    assert me(client, **client.signed("GET", "/v1/me", created=int(clock.now().timestamp()))) == "200"
    assert (SpentNonce.objects.count(), me(client, **kept)) == (2, "signature_outdated")
    travel(seconds=21)
    assert me(client, **client.signed("GET", "/v1/me", created=int(clock.now().timestamp()))) == "200"
    assert (SpentNonce.objects.count(), me(client, **kept)) == (2, "signature_outdated")


def test_what_is_signed_for_another_host_is_nothing_here(client, settings) -> None:
    settings.PUBLIC_AUTHORITIES = [HOST, "api.example:8443"]
    settings.ALLOWED_HOSTS = ["*"]
    signed = client.signed("GET", "/v1/me", host="staging.example")
    assert me(client, **signed) == "signature_refused"
    assert me(client, **signed, HTTP_HOST="staging.example") == "authority_refused"
    for host, expected in (("API.example:8443", "200"), ("api.example", "authority_refused")):
        assert me(client, **client.signed("GET", "/v1/me", host=host), HTTP_HOST=host) == expected


def test_without_a_name_of_its_own_a_host_is_asked_by_itself_alone(client, settings) -> None:
    settings.PUBLIC_AUTHORITIES, settings.ALLOWED_HOSTS = [], ["*"]
    for host, expected in (
        ("localhost:8000", "200"),
        ("[::1]", "200"),
        ("localhost.evil.example", "authority_refused"),
    ):
        assert me(client, **client.signed("GET", "/v1/me", host=host), HTTP_HOST=host) == expected


def test_a_path_with_anything_encoded_is_not_signed(client) -> None:
    for path in ("/v1/m%65", "/v1/me%2F", "/v1/%6de"):
        assert code_of(client.get(path)) in ("path_refused", "not_found")
    assert code_of(client.get("/v1/me", **client.signed("GET", "/v1/m%65"))) == "signature_refused"


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("SIGNATURE", ""),
        ("SIGNATURE", "sig1=:AAAA:"),
        ("SIGNATURE_INPUT", ""),
        ("SIGNATURE_INPUT", 'sig1=("@method");created=1;keyid="a";nonce="aaaaaaaaaaaaaaaa"'),
    ],
)
def test_a_signature_of_another_form_is_refused(client, header, sent) -> None:
    assert me(client, **(client.signed("GET", "/v1/me") | {f"HTTP_{header}": sent})) == "signature_malformed"


def test_a_key_is_sent_or_signs(client, alice) -> None:
    assert me(client, HTTP_AUTHORIZATION=f"Bearer {a_provider_key(alice)}") == "key_double"
    assert api_client(client.signer.key_id).get("/v1/me").json()["code"] == "key_unknown"


def test_a_key_signs_for_its_scopes_alone(alice) -> None:
    client = SigningClient(a_signer(alice, scopes=["read"]))
    assert client.get("/v1/commitments").status_code == 200
    assert code_of(client.post("/v1/commitments", COMMITMENT, content_type=JSON)) == "scope_missing"


def test_what_is_revoked_signs_nothing_from_then_on(client) -> None:
    assert me(client) == "200"
    signed = client.signed("GET", "/v1/me")
    perform(revoke_key, key=ApiKey.objects.get())
    assert (me(client), me(client, **signed)) == ("key_revoked", "key_revoked")


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_what_is_over_for_ever_keeps_no_nonce(client, ended) -> None:
    ApiKey.objects.update(**{ended: clock.now()})
    assert me(client) in ("key_revoked", "key_expired")
    assert not SpentNonce.objects.exists()


def test_a_public_key_is_asked_for_once(client, django_assert_num_queries) -> None:
    client.get("/v1/me")
    with django_assert_num_queries(1):
        assert client.get("/v1/me").status_code == 200


def test_whoever_sends_again_what_others_signed_spends_nothing_of_theirs(client, settings) -> None:
    signed = client.signed("GET", "/v1/me")
    first = client.get("/v1/me", **signed)
    before = list(Bucket.objects.values_list("full_at"))
    for _ in range(3):
        assert me(client, **signed) == "nonce_used"
    assert list(Bucket.objects.values_list("full_at")) == before
    assert first["RateLimit"].startswith('"requests";r=999')


def test_where_nothing_can_be_written_nothing_that_is_signed_is_taken(client, alice) -> None:
    bearer, asked = api_client(a_provider_key(alice)), me(client)
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    assert (asked, bearer.get("/v1/me").status_code) == ("200", 200)
    assert me(client) == "database_unavailable"


def test_nonces_outlast_a_crash_of_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'accounts_spentnonce'::regclass")
        assert cursor.fetchone() == ("p",)


@pytest.fixture(params=["it signs", "it is sent"])
def asking(request, alice):
    """Asks by a new key of these limits: what is answered."""

    def ask(**limits: Any) -> Any:
        if request.param == "it signs":
            return SigningClient(a_signer(alice, window_seconds=30, **limits))
        return api_client(perform_issue(alice, **limits))

    return ask


def perform_issue(provider: Any, **limits: Any) -> str:
    return str(perform(issue_key, venue=provider.venue, provider=provider, scopes=["read"], **limits)[1])


def test_a_key_opens_something_from_its_networks_alone(asking) -> None:
    client = asking(networks=["192.0.2.0/24", "2001:db8::/48"])
    answers = {
        address: code_of(client.get("/v1/me", REMOTE_ADDR=address))
        for address in (ALLOWED, OTHER, "2001:db8::9", "2001:db9::9")
    }
    assert answers == {
        ALLOWED: "200",
        OTHER: "address_refused",
        "2001:db8::9": "200",
        "2001:db9::9": "address_refused",
    }
    assert code_of(client.get("/v1/me", REMOTE_ADDR="")) == "address_refused", "nobody knows from where"
    assert client.get("/v1/me", REMOTE_ADDR=ALLOWED).json()["networks"] == ["192.0.2.0/24", "2001:db8::/48"]


def test_what_was_refused_from_one_address_is_not_sent_from_another(alice) -> None:
    client = SigningClient(a_signer(alice, networks=["192.0.2.0/24"]))
    signed = client.signed("GET", "/v1/me")
    assert me(client, **signed, REMOTE_ADDR=OTHER) == "address_refused"
    assert me(client, **signed, REMOTE_ADDR=ALLOWED) == "nonce_used"


def test_a_key_has_a_beginning_and_an_end(asking, travel) -> None:
    travel.freeze()
    now = clock.now()
    client = asking(not_before=now + timedelta(seconds=2), expires_at=now + timedelta(seconds=4))
    answers = []
    for _ in range(5):
        answers.append(code_of(client.get("/v1/me")))
        travel(seconds=1)
    assert answers == ["key_not_valid_yet"] * 2 + ["200"] * 2 + ["key_expired"]


def test_when_a_key_was_used_is_known_to_the_minute(asking, travel) -> None:
    travel.freeze()
    client = asking(networks=[ALLOWED])
    key, began = ApiKey.objects.get, clock.now()
    client.get("/v1/me", REMOTE_ADDR=OTHER)
    assert key().last_used_at is None, "it was not"
    client.get("/v1/me", REMOTE_ADDR=ALLOWED)
    assert key().last_used_at == began
    travel(seconds=3)
    client.get("/v1/me", REMOTE_ADDR=ALLOWED)
    assert key().last_used_at == began, "not a write for each request"


def test_a_key_and_what_it_was_rotated_into_count_as_one(client, settings) -> None:
    settings.RATES = settings.RATES | {"requests": (7, 0.001)}
    successor = SigningClient(a_successor(client))
    said = [asking.get("/v1/me")["RateLimit"] for asking in (client, successor, client, successor)]
    assert [each.split(";")[1] for each in said] == ["r=6", "r=5", "r=4", "r=3"]
    buckets = {each["bucket"]: each["left"] for each in successor.get("/v1/limits").json()["buckets"]}
    assert buckets["requests"] == 2
    first, again = (
        asking.post("/v1/commitments", COMMITMENT, content_type=JSON, HTTP_IDEMPOTENCY_KEY="one")
        for asking in (client, successor)
    )
    assert (first.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert me(client) == me(successor) == "rate_exceeded"


def a_successor(client: SigningClient) -> Signer:
    """Who signs by what this client's key was rotated into."""
    ApiKey.objects.update(created_at=clock.now() - ROTATED_AFTER)
    key, private_key = ApiKey.objects.get(), Ed25519PrivateKey.generate()
    said = {"public_key": Signer("", private_key).public_key, "overlap_seconds": 60}
    successor = perform(rotate_key, actor=f"key:{key.prefix}", key_id=key.id, **said)
    return Signer(successor.key_id, private_key)


@pytest.mark.parametrize(
    ("said", "ahead_seconds", "code"),
    [
        ({"networks": [OTHER]}, 0, "address_refused"),
        ({"not_before": datetime(2120, 1, 1, tzinfo=UTC)}, 0, "key_not_valid_yet"),
        ({}, 60, "signature_early"),
        ({}, 300, "signature_early"),
    ],
)
def test_what_opens_nothing_takes_nothing_from_who_may_ask_and_never_comes_again(
    client, settings, travel, said, ahead_seconds, code
) -> None:
    settings.RATES = settings.RATES | {"requests": (2, 0.001)}
    ApiKey.objects.update(**said)
    signed = [signed_in(client, travel, ahead_seconds) for _ in range(3)]
    assert [me(client, **each) for each in signed] == [code] * 3
    assert not Bucket.objects.exists(), "nor does it wait for who may"
    ApiKey.objects.update(networks=None, not_before=None)
    travel(seconds=ahead_seconds)
    assert [me(client, **each) for each in signed] == ["nonce_used"] * 3
    assert me(client, **signed_in(client, travel, 0)) == "200"


def test_what_is_signed_for_long_from_now_fills_nothing(client, travel) -> None:
    assert me(client, **signed_in(client, travel, 301)) == "signature_early"
    assert not SpentNonce.objects.exists()


def test_what_is_refused_from_elsewhere_keeps_nobody_from_cancelling(alice, settings) -> None:
    settings.RATES = settings.RATES | {"cancels": (2, 0.001)}
    client = SigningClient(a_signer(alice, networks=[ALLOWED]))
    answers = [
        code_of(client.post("/v1/cancel-all", b"", content_type=JSON, REMOTE_ADDR=address))
        for address in (*[OTHER] * 4, ALLOWED)
    ]
    assert answers == ["address_refused"] * 4 + ["200"]


def test_a_key_rotates_itself_over_http(client, alice) -> None:
    ApiKey.objects.update(created_at=clock.now() - ROTATED_AFTER)
    public_key = a_public_key()
    body = json.dumps({"public_key": public_key, "overlap_seconds": 60}).encode()
    answer = client.post("/v1/me/key/rotate", body, content_type=JSON)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["public_key"], said["replaces"]) == (public_key, client.signer.key_id)
    assert me(client) == "200"
    again = client.post("/v1/me/key/rotate", body.replace(b"60", b"61"), content_type=JSON)
    assert code_of(again) == "key_rotated"
    bearer = api_client(a_provider_key(alice))
    assert bearer.post("/v1/me/key/rotate", {"public_key": a_public_key(), "overlap_seconds": 0}).json()["code"] == (
        "key_not_signing"
    )
