"""Tokens for reading one's writes: whose they are, what they say, and where they are described."""

import json
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backstop import replica
from backstop.api.read_tokens import HEADER, horizon_of, token_of
from backstop.refusals import GroundRefusal
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client
from tests.refusing import refused

ALICE, BOB = uuid4(), uuid4()


def test_a_token_says_its_horizon_to_whom_it_was_made_for_and_nothing_to_others():
    token = token_of(1234, ALICE)
    assert horizon_of(token, ALICE) == 1234
    assert "1234" not in token
    assert token != token_of(1234, ALICE), "nor does it say whether anything was written since"
    with refused(GroundRefusal.READ_TOKEN_REFUSED):
        horizon_of(token, BOB)


def test_of_several_the_latest_counts_and_all_have_to_be_ones_own():
    tokens = [token_of(horizon, ALICE) for horizon in (5, 7, 6)]
    assert horizon_of(",".join(tokens), ALICE) == horizon_of(" , ".join(tokens), ALICE) == 7
    with refused(GroundRefusal.READ_TOKEN_REFUSED):
        horizon_of(f"{tokens[0]}, {token_of(9, BOB)}", ALICE)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "ä", "gAAAAA", ",", "0"])
@pytest.mark.parametrize("path", ["/v1/commitments", f"/v1/auctions/{UUID(int=1)}/transcript"])
def test_what_is_no_token_is_refused(path, token):
    client = api_client(a_provider_key(a_provider(a_venue())))
    answer = client.get(path, HTTP_BACKSTOP_READ_TOKEN=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "read_token_refused")


@pytest.mark.django_db
def test_without_a_replica_no_write_is_answered_with_a_token():
    venue = a_venue()
    an_instrument(venue)
    client = api_client(a_venue_key(venue))
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/v1/marks", {"marks": [{"instrument": "BTC-PERP", "price": "1"}]})
    assert (answer.status_code, HEADER in answer) == (200, False)
    assert not any("pg_snapshot" in query["sql"] for query in asked)


@pytest.mark.django_db
def test_a_refused_write_asks_for_no_horizon(monkeypatch):
    monkeypatch.setattr(replica, "is_named", lambda: True)
    monkeypatch.setattr(replica, "get_horizon", lambda: pytest.fail("there is nothing to read"))
    answer = api_client(a_venue_key(a_venue())).post("/v1/marks", {"marks": [{"instrument": "X", "price": "1"}]})
    assert (answer.status_code, HEADER in answer) == (422, False)


@pytest.mark.django_db
def test_the_document_names_tokens_wherever_they_are_given_or_taken():
    paths = json.loads(api_client(None).get("/v1/openapi.json").content)["paths"]
    taking = {
        path
        for path, item in paths.items()
        if HEADER in {parameter["name"] for parameter in item.get("get", {}).get("parameters", [])}
    }
    lists = {path for path, item in paths.items() if "'limit'" in str(item.get("get", {}).get("parameters"))}
    assert taking == lists | {"/v1/auctions/{auction_id}/transcript", "/v1/books/{book_id}/transcripts"}
    writes = [
        (path, verb, item[verb]) for path, item in paths.items() for verb in item if verb not in ("get", "parameters")
    ]
    assert writes
    for path, verb, operation in writes:
        fine = {code: answer for code, answer in operation["responses"].items() if code.startswith("2")}
        assert all(HEADER in answer["headers"] for answer in fine.values()), (path, verb)
        assert HEADER not in {parameter["name"] for parameter in operation["parameters"]}
