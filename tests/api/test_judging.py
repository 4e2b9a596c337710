"""A key that was seen before is judged in the call that places its bids: as strictly as by itself, and in no other."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import judging
from accounts.models import ApiKey
from accounts.operations.keys.revoke_key import revoke_key
from auctions.models import Bid
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from backstop.metering import Rate, look_at
from backstop.models import Bucket
from tests import market
from tests.builders import a_provider_key, api_client, perform
from tests.signing import HOST, SigningClient, a_signer

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(alice):
    return a_provider_key(alice)


@pytest.fixture
def path(venue):
    return f"/v1/auctions/{market.an_auction(venue).id}/bids"


@pytest.fixture
def client(secret, path):
    """Whose key this process has seen, by a bid called b0."""
    client = api_client(secret)
    assert client.post(path, a_bid("b0")).status_code == 201
    return client


def a_bid(name: str, **said):
    return {"client_bid_id": name, "units": 1, "edge_bps": "30", **said}


@pytest.mark.parametrize("bids", [1, 100])
def test_to_bid_is_one_call_of_the_database(client, path, bids) -> None:
    sent = [a_bid(f"b{number}") for number in range(1, 1 + bids)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.post(path, sent if bids > 1 else sent[0])
    assert answer.status_code in (200, 201)
    statements = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len(statements) == 1, statements
    assert Bid.objects.count() == 1 + bids


@pytest.fixture
def signing(alice, path, settings):
    """One that signs, whose key this process has seen."""
    settings.PUBLIC_AUTHORITIES = [HOST]
    client = SigningClient(a_signer(alice))
    assert sent(client, path, "b0").status_code == 201
    return client


def signed(client: SigningClient, path: str, body: bytes, seconds: int = 0) -> dict[str, str]:
    """What signs this so many seconds from now, by the database's clock."""
    return client.signed("POST", path, body, created=int(clock.now().timestamp()) + seconds)


def sent(client: SigningClient, path: str, name: str, **said: str):
    body = json.dumps(a_bid(name)).encode()
    return client.post(path, body, content_type="application/json", **(said or signed(client, path, body)))


def test_to_bid_by_a_signature_is_one_call_of_the_database_too(signing, path) -> None:
    once = signed(signing, path, json.dumps(a_bid("b1")).encode())
    with CaptureQueriesContext(connection) as asked:
        assert sent(signing, path, "b1", **once).status_code == 201
    statements = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len(statements) == 1, statements
    assert Bid.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "code"), [({"units": 1}, "201"), ({"units": 101}, "units_too_many"), ({"units": 0}, "invalid")]
)
def test_what_was_signed_for_a_bid_is_good_once_whatever_came_of_it(signing, path, said, code) -> None:
    body = json.dumps(a_bid("b1", **said)).encode()
    once = signed(signing, path, body)
    answers = [signing.generic("POST", path, body, "application/json", **once) for _ in range(2)]
    assert [str(answer.json().get("code", answer.status_code)) for answer in answers] == [code, "nonce_used"]
    assert Bid.objects.count() == 1 + (code == "201")


@pytest.mark.parametrize(
    ("seconds", "code"), [(5, "201"), (6, "signature_outdated"), (-5, "201"), (-6, "signature_early")]
)
def test_what_was_signed_too_long_ago_or_too_early_places_nothing(signing, path, travel, seconds, code) -> None:
    travel.freeze()
    travel(seconds=1 - clock.now().microsecond / 1_000_000)
    body = json.dumps(a_bid("b1")).encode()
    answer = signing.generic("POST", path, body, "application/json", **signed(signing, path, body, -seconds))
    assert str(answer.json().get("code", answer.status_code)) == code


def test_a_signature_of_something_else_places_nothing_though_its_key_is_known(signing, path) -> None:
    other = signed(signing, path, json.dumps(a_bid("b1")).encode())
    assert sent(signing, path, "b2", **other).json()["code"] == "digest_refused"
    assert Bid.objects.count() == 1


def test_each_bid_costs_its_key_what_any_other_costs(settings, secret, path) -> None:
    settings.RATES = settings.RATES | {"bids": (4, 1)}
    client = api_client(secret)
    said = [client.post(path, a_bid(f"b{number}"))["RateLimit"] for number in range(3)]
    said.append(client.post("/v1/bids", {"bids": []})["RateLimit"])
    assert said == [f'"bids";r={left};t={4 - left}' for left in (3, 2, 1, 0)]
    refused = client.post(path, a_bid("b3"))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_exceeded")
    assert (refused["RateLimit"], refused["Retry-After"]) == ('"bids";r=0;t=5', "1")
    assert Bid.objects.count() == 3


def test_what_a_batch_refuses_costs_as_much(settings, client, path) -> None:
    settings.RATES = settings.RATES | {"bids": (4, 1)}
    answers = [
        client.post(path, sent) for sent in (a_bid("b0", units=2), [a_bid("b1", units=101)], a_bid("b2", units=0))
    ]
    assert [answer.status_code for answer in answers] == [409, 200, 422]
    assert [answer["RateLimit"][:10] for answer in answers] == [f'"bids";r={left}' for left in (2, 1, 0)]


def test_each_auction_that_a_call_names_costs_as_much_as_one(settings, venue, secret) -> None:
    """Whoever judges the key: by itself, with the call, with what is stored or is only tried."""
    settings.RATES = settings.RATES | {"bids": (14, 0.001)}
    client = api_client(secret)
    auctions = [market.an_auction(venue, f"book-{number}") for number in range(3)]
    bids = [a_bid(f"b{number}", auction_id=str(auctions[number % 3].id)) for number in range(6)]

    def left(query: str = "", **headers: str) -> tuple[int, str]:
        answer = client.post(f"/v1/bids{query}", {"bids": bids}, **headers)
        return answer.status_code, answer["RateLimit"].partition(";t=")[0]

    assert left() == (200, '"bids";r=11')
    assert left() == (200, '"bids";r=8')
    assert left(HTTP_IDEMPOTENCY_KEY="k") == (200, '"bids";r=5')
    assert left("?dry_run=true") == (200, '"bids";r=2')
    spent = 429, '"bids";r=0'
    for query, kept in (("", 2), ("?dry_run=true", 1)):
        assert left(query) == spent
        assert round(look_at(str(ApiKey.objects.get().id), [Rate.of("bids")])[0].left) == kept, "to be judged costs one"
    assert Bid.objects.count() == 6


@pytest.mark.parametrize("sent", [[a_bid("b1"), a_bid("b2", units=101)], [{}, {}]])
@pytest.mark.parametrize("atomic", [False, True])
def test_what_is_placed_with_others_or_not_at_all_costs_as_much(settings, client, path, sent, atomic) -> None:
    settings.RATES = settings.RATES | {"bids": (3, 1)}
    said = [client.post(path, {"bids": sent, "atomic": atomic}) for _ in range(3)]
    assert [answer["RateLimit"][:10] for answer in said] == [f'"bids";r={left}' for left in (1, 0, 0)]
    assert said[2].json()["code"] == "rate_exceeded"
    Bucket.objects.all().delete()
    perform(revoke_key, key=ApiKey.objects.get())
    refused = client.post(path, {"bids": sent, "atomic": atomic})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")


def test_a_key_that_is_revoked_opens_nothing_at_once(client, path) -> None:
    perform(revoke_key, key=ApiKey.objects.get())
    Bucket.objects.all().delete()
    for sent in (a_bid("b1"), [a_bid("b1")], a_bid("b1", units=0), "{"):
        refused = client.post(path, sent)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked"), sent
        assert refused["WWW-Authenticate"] == 'Bearer realm="backstop"'
    assert client.put(path, {}).json()["code"] == "key_revoked"
    assert client.post(f"{path}?x=1", a_bid("b1")).json()["code"] == "key_revoked"
    assert (Bid.objects.count(), Bucket.objects.count()) == (1, 0)


@pytest.mark.parametrize("sent", [a_bid("b1"), a_bid("b1", units=0)])
def test_a_key_that_is_refused_is_forgotten(client, path, sent) -> None:
    secret_hash = ApiKey.objects.get().secret_hash
    assert secret_hash in judging._seen
    perform(revoke_key, key=ApiKey.objects.get())
    client.post(path, sent)
    assert secret_hash not in judging._seen


def test_a_key_that_lost_its_scope_places_nothing(client, path) -> None:
    ApiKey.objects.update(scopes=["read"])
    for sent in (a_bid("b1"), [a_bid("b1")], a_bid("b1", units=0)):
        refused = client.post(path, sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
        assert (refused.json()["detail"], "RateLimit" in refused) == ("this key does not have the scope bids", False)
    assert client.get("/v1/bids").status_code == 200
    assert Bid.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("networks", ["192.0.2.0/24"], "address_refused"),
        ("expires_at", datetime(2020, 1, 1, tzinfo=UTC), "key_expired"),
        ("not_before", datetime(2120, 1, 1, tzinfo=UTC), "key_not_valid_yet"),
    ],
)
def test_a_key_is_held_to_its_limits(client, path, field, value, code) -> None:
    ApiKey.objects.update(**{field: value})
    by_itself = client.get("/v1/bids")
    for sent in (a_bid("b1"), [a_bid("b1")], a_bid("b1", units=0)):
        refused = client.post(path, sent)
        assert (refused.status_code, refused.json()["code"]) == (by_itself.status_code, code)
        assert refused.json()["detail"] == by_itself.json()["detail"]
    assert Bid.objects.count() == 1


def test_a_secret_that_was_replaced_opens_nothing(client, path) -> None:
    ApiKey.objects.update(secret_hash="of another")
    refused = client.post(path, a_bid("b1"))
    assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown")


def test_whoever_is_suspended_is_told_so_before_its_faults(client, alice, path) -> None:
    perform(suspend_provider, provider=alice, reason="late")
    for sent in (a_bid("b1"), a_bid("b1", units=0)):
        refused = client.post(path, sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "provider_suspended")


def test_an_answer_that_is_kept_is_metered_before_it_is_made(settings, client, path) -> None:
    settings.RATES = settings.RATES | {"answers": (1, 0.01)}
    kept, refused = (client.post(path, a_bid(name), HTTP_IDEMPOTENCY_KEY=name) for name in ("b1", "b2"))
    assert (kept.status_code, refused.status_code, Bid.objects.count()) == (201, 429, 2)
