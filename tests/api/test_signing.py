"""The public key, for everybody to verify with."""

import pytest
from django.conf import settings

from backstop.values.signatures import is_signed
from tests.builders import api_client
from tests.described import document, seen


def test_everybody_may_read_the_public_key(client) -> None:
    answer = client.get("/v1/signing_key").json()
    assert answer["algorithm"] == "Ed25519"
    assert is_signed(bytes.fromhex(answer["public_key"]), b"a promise", settings.SIGNING_KEY.sign(b"a promise"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/v1/signing_key", "/v1/time", "/v1/openapi.json"])
def test_what_is_public_is_described_and_needs_no_key(path) -> None:
    described = document()["paths"][path]
    assert described.keys() == {"get"}
    assert described["get"]["security"] == [{}]
    assert not described["get"]["responses"].keys() & {"401", "403"}
    answer = api_client(None).get(path)
    assert (answer.status_code, ("GET", path, "200") in seen) == (200, True)


PUBLIC = ["/v1/signing_key", "/v1/time", "/v1/openapi.json"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_is_for_reading_only_and_says_so(client, path) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer.json()["code"] == "method_not_allowed"
    assert set(answer["Allow"].split(", ")) >= {"GET", "HEAD"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_is_asked_for_nothing_else(client, path) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    answer = client.get(path, {"format": "json", "limit": "5"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/format", "query_unknown"),
        ("/limit", "query_unknown"),
    }
