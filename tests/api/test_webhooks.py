"""Webhooks over the API: each party its own, and a secret that is shown once and stored nowhere in the clear."""

import json
from uuid import uuid4

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import ApiKey, Webhook, WebhookDelivery
from backstop.models import StoredAnswer
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, api_client

pytestmark = pytest.mark.django_db

SENT = {"url": "https://hooks.example/x", "kinds": ["auction_opened"], "description": "a desk"}


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def parties(venue):
    """A client of each: the venue, Alice, Bob, and another venue."""
    providers = [a_provider(venue, name) for name in ("Alice", "Bob")]
    keys = [a_venue_key(venue), *map(a_provider_key, providers), a_venue_key(a_venue())]
    return [api_client(key) for key in keys]


def added(client, **said) -> dict:
    answer = client.post("/v1/webhooks", {**SENT, **said})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_a_webhook_is_added_shown_changed_tested_and_removed(parties) -> None:
    _, alice, *_ = parties
    row = added(alice)
    address = f"/v1/webhooks/{row['id']}"
    secret = row.pop("secret")
    assert secret.startswith("whsec_")
    assert alice.get("/v1/webhooks").json()["data"] == [row]
    assert alice.get(address).json() == row
    changed = alice.patch(address, {"is_enabled": False, "kinds": []}).json()
    assert (changed["is_enabled"], changed["kinds"], changed["disabled_reason"]) == (False, [], "by its owner")
    assert alice.post(f"{address}/test", {}).json()["code"] == "webhook_disabled"
    assert alice.patch(address, {"is_enabled": True}).json()["is_enabled"]
    test = alice.post(f"{address}/test", {})
    assert (test.status_code, test.json()["kind"]) == (201, "webhook_test")
    assert alice.get(f"{address}/deliveries").json()["data"] == [test.json()]
    assert alice.get(f"{address}/deliveries?kind=other").json()["data"] == []
    assert alice.get(f"{address}/deliveries/{test.json()['id']}").json() == test.json()
    assert alice.post(f"{address}/deliveries/{test.json()['id']}/redeliver", {}).status_code == 200
    rotated = alice.post(f"{address}/rotate", {}).json()
    assert rotated["secret"] not in (secret, None)
    assert alice.delete(address).status_code == 200
    assert alice.get(address).json()["code"] == "webhook_unknown"
    assert alice.get("/v1/webhooks").json()["data"] == []


def test_nobody_gets_anothers(parties) -> None:
    _, alice, *_ = parties
    row = added(alice)
    address = f"/v1/webhooks/{row['id']}"
    message = alice.post(f"{address}/test", {}).json()["id"]
    others = [each for each in parties if each is not alice]
    asked = [
        *(("get", ""), ("patch", ""), ("delete", ""), ("post", "/rotate"), ("post", "/test")),
        *(("get", f"/deliveries/{message}"), ("post", f"/deliveries/{message}/redeliver")),
    ]
    for other in others:
        own = added(other)
        for method, path in asked:
            foreign = getattr(other, method)(f"{address}{path}", {})
            missing = getattr(other, method)(f"/v1/webhooks/{uuid4()}{path}", {})
            assert foreign.status_code == 404
            assert (foreign.json()["code"], foreign.json()["detail"]) == (
                missing.json()["code"],
                missing.json()["detail"],
            )
        assert [each["id"] for each in other.get("/v1/webhooks").json()["data"]] == [own["id"]]
        assert other.get(f"{address}/deliveries").json()["data"] == []
        assert other.get(f"/v1/webhooks/{own['id']}/deliveries/{message}").status_code == 404
    assert Webhook.objects.get(id=row["id"]).removed_at is None
    assert WebhookDelivery.objects.get().attempts == 0


def test_a_repeated_request_adds_nothing_and_its_stored_answer_holds_no_secret(parties) -> None:
    _, alice, *_ = parties
    headers = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = alice.post("/v1/webhooks", SENT, **headers).json()
    again = alice.post("/v1/webhooks", SENT, **headers).json()
    assert again == {**first, "secret": None}
    stored = json.dumps([each.answer for each in StoredAnswer.objects.all()], cls=DjangoJSONEncoder)
    assert first["secret"] not in stored
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ({"url": "http://hooks.example/"}, "webhook_url_refused", "/url"),
        ({"url": "https://169.254.169.254/"}, "webhook_url_refused", "/url"),
        ({"kinds": ["book_received"]}, "webhook_kind_unknown", "/kinds"),
        ({"secret": "mine"}, "invalid", "/secret"),
    ],
)
def test_what_cannot_be_is_refused_and_says_where(parties, said, code, pointer) -> None:
    _, alice, *_ = parties
    problem = alice.post("/v1/webhooks", {**SENT, **said}).json()
    assert (problem["status"], problem["code"], problem["errors"][0]["pointer"]) == (422, code, pointer)


def test_the_scope_is_its_own(venue) -> None:
    key = a_venue_key(venue, ["books"])
    assert api_client(key).get("/v1/webhooks").json()["code"] == "scope_missing"
    assert ApiKey.objects.count() == 1
