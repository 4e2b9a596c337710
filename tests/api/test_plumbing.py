"""What holds for every address: problems, request ids, strict JSON, idempotency, the description of it all."""

import json
from decimal import Decimal

import pytest
from drf_spectacular.generators import SchemaGenerator

from backstop.api.parsing import TextField
from backstop.models import Mark, StoredAnswer
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, an_instrument, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def bitcoin(venue):
    return an_instrument(venue, "BTC-PERP")


@pytest.fixture
def client(venue, bitcoin):
    return api_client(a_venue_key(venue))


def send(client, text: str | bytes, **headers):
    return client.post("/v1/marks", text, content_type="application/json", **headers)


def faults(response) -> dict[str, str]:
    assert response["Content-Type"] == "application/problem+json"
    return {fault["pointer"]: fault["code"] for fault in response.json()["errors"]}


def a_quote(**changes) -> dict:
    return {"instrument": "BTC-PERP", "price": "1.5", **changes}


def test_marks_are_taken(client) -> None:
    response = client.post("/v1/marks", {"marks": [a_quote()]})
    assert (response.status_code, response.json()) == (200, {"taken": 1})
    assert Mark.objects.get().price == Decimal("1.5")


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ("1.5", "decimal_not_text"),
        ("1e3", "decimal_not_text"),
        ("5", "decimal_not_text"),
        ("true", "decimal_not_text"),
        ("null", "null"),
        ('"1e3"', "decimal_refused"),
        ('"NaN"', "decimal_refused"),
        ('"Infinity"', "decimal_refused"),
        ('"+1"', "decimal_refused"),
        ('" 1"', "decimal_refused"),
        ('"1."', "decimal_refused"),
        ('"٣"', "decimal_refused"),
        ('"1.1234567890123456789"', "decimal_refused"),
        (f'"1{"0" * 40}"', "decimal_refused"),
        ('"0"', "not_positive"),
        ('"-1"', "not_positive"),
    ],
)
def test_an_amount_is_a_plain_decimal_in_a_string(client, price, code) -> None:
    response = send(client, f'{{"marks": [{{"instrument": "BTC-PERP", "price": {price}}}]}}')
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert faults(response) == {"/marks/0/price": code}
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"marks": NaN}', b'{"marks": Infinity}', b'{"a": 1, "a": 2}', b"\xff", b'{"a": 1e}'],
)
def test_what_is_not_json_is_a_bad_request(client, text) -> None:
    response = send(client, text)
    if text == b"":
        assert (response.status_code, faults(response)) == (422, {"/marks": "required"})
    else:
        assert (response.status_code, response.json()["code"]) == (400, "json_malformed")


def members(count: int) -> str:
    return json.dumps(dict.fromkeys(map(str, range(count)), 1))


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "text",
    [
        members(129),
        members(15_000),
        f'{{"marks": [{{"{"x" * 65}": 1}}]}}',
        nested(9),
        nested(900),
        "[" * 100_000,
        f'{{"a": "\\u0041", "marks": {nested(8)}}}',
    ],
)
def test_what_is_larger_than_anything_that_is_taken_is_refused_as_a_whole(client, text) -> None:
    response = send(client, text)
    assert (response.status_code, faults(response)) == (422, {"": "json_excessive"})
    assert len(response.content) < 1000


def test_at_the_bounds_names_are_unknown_and_values_wrong(client) -> None:
    assert set(faults(send(client, f'{{"{"x" * 64}": 1}}')).values()) == {"field_unknown", "required"}
    assert faults(send(client, nested(8))) == {"": "invalid"}
    assert set(faults(send(client, members(128))).values()) == {"field_unknown", "required"}


def test_fifty_faults_are_named_and_of_more_it_says_so(client) -> None:
    fifty = client.post("/v1/marks", {"marks": [a_quote(price="x")] * 50})
    assert len(fifty.json()["errors"]) == 50
    assert "more" not in fifty.json()["detail"]
    more = client.post("/v1/marks", {"marks": [a_quote(price="x")] * 51})
    assert len(more.json()["errors"]) == 50
    assert more.json()["detail"].endswith("50 faults are named, and there are more")
    assert more.json()["errors"][-1]["pointer"] == "/marks/49/price"


def test_no_more_is_looked_at_than_is_named(client, monkeypatch) -> None:
    """What costs most: many small objects, each with faults of its own."""
    looked_at = []
    judged = TextField.run_validation
    monkeypatch.setattr(TextField, "run_validation", lambda self, data: looked_at.append(1) or judged(self, data))
    response = client.post("/v1/books", {"books": [{"reference": "r", "positions": [{}] * 1000}] * 100})
    assert (response.status_code, len(response.json()["errors"])) == (422, 50)
    assert len(response.content) < 10_000
    assert len(looked_at) < 1000


def test_a_query_string_of_a_thousand_names_is_refused_in_a_few_words(client) -> None:
    response = client.get("/v1/marks?" + "&".join(f"name{number}" for number in range(1001)))
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert len(response.content) < 1000


def test_what_was_sent_is_not_sent_back_whole(client) -> None:
    position = {"instrument": "BTC-PERP", "side": "x" * 100_000, "quantity": "1"}
    response = client.post("/v1/books", {"reference": "r", "positions": [position]})
    assert faults(response) == {"/positions/0/side": "invalid_choice"}
    assert len(response.content) < 2000


def test_every_fault_is_named_by_its_place(client) -> None:
    response = client.post(
        "/v1/marks", {"marks": [a_quote(), {"price": "x", "colour": 1}, a_quote(instrument=5)], "more": 1}
    )
    assert faults(response) == {
        "/more": "field_unknown",
        "/marks/1/instrument": "required",
        "/marks/1/price": "decimal_refused",
        "/marks/1/colour": "field_unknown",
        "/marks/2/instrument": "not_text",
    }
    assert not Mark.objects.exists()


def test_faults_found_by_the_operation_are_named_alike(client) -> None:
    response = client.post("/v1/marks", {"marks": [a_quote(instrument="DOGE")]})
    assert (response.status_code, response.json()["code"]) == (422, "marks_refused")
    assert faults(response) == {"/marks/0/instrument": "instrument_unknown"}


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\udfffb"])
def test_text_that_cannot_be_stored_is_refused(client, text) -> None:
    response = send(client, f'{{"marks": [{{"instrument": "{text}", "price": "1"}}]}}')
    assert response.status_code == 422
    assert faults(response) == {"/marks/0/instrument": "text_not_storable"}
    assert send(client, f'{{"{text}": 1}}').status_code == 422
    several = ", ".join([f'"{text}"'] * 60)
    assert len(send(client, f"[{several}]").json()["errors"]) == 50


def test_what_is_not_an_object_is_refused(client) -> None:
    assert faults(send(client, "[1]")) == {"": "invalid"}


def test_a_body_that_is_too_large_is_refused(client) -> None:
    response = send(client, b'"' + b"x" * (10 * 1024 * 1024) + b'"')
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_another_content_type_and_method_and_address_are_problems(client) -> None:
    response = client.post("/v1/marks", "a=1", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    response = client.put("/v1/marks")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    response = client.get("/v1/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response["Content-Type"] == "application/problem+json"


def test_an_unexpected_error_tells_nothing_but_its_request(client, monkeypatch) -> None:
    monkeypatch.setattr("backstop.api.marks.MarkQuote", None)
    response = client.post("/v1/marks", {"marks": [a_quote()]})
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert response.json()["request_id"] == response["X-Request-ID"]
    assert "NoneType" not in response.content.decode()


def test_a_sane_request_id_is_kept_and_another_replaced(client) -> None:
    assert client.get("/v1/me", HTTP_X_REQUEST_ID="abc-1.2_3")["X-Request-ID"] == "abc-1.2_3"
    for insane in ("", "a b", "x" * 65, "<script>"):
        assert len(client.get("/v1/me", HTTP_X_REQUEST_ID=insane)["X-Request-ID"]) == 32
    problem = client.get("/v1/nowhere", HTTP_X_REQUEST_ID="mine")
    assert problem.json()["request_id"] == "mine"
    problem = client.get("/v1/bids", HTTP_X_REQUEST_ID="mine")
    assert problem.json()["request_id"] == "mine"


def test_the_same_idempotency_key_gets_the_first_answer_again(venue) -> None:
    alice = a_provider(venue, collateral="0")
    client = api_client(a_provider_key(alice))
    first = client.post("/v1/commitments", {"min_edge_bps": "50"}, HTTP_IDEMPOTENCY_KEY="one")
    again = client.post("/v1/commitments", {"min_edge_bps": "50"}, HTTP_IDEMPOTENCY_KEY="one")
    assert (first.status_code, first.json()) == (201, again.json())
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    other = client.post("/v1/commitments", {"min_edge_bps": "51"}, HTTP_IDEMPOTENCY_KEY="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    fresh = client.post("/v1/commitments", {"min_edge_bps": "50"}, HTTP_IDEMPOTENCY_KEY="two")
    assert (fresh.status_code, fresh.json()["code"]) == (409, "commitment_exists")
    assert StoredAnswer.objects.count() == 1


def test_an_idempotency_key_belongs_to_the_key_that_sent_it(venue) -> None:
    for name in ("Alice", "Bob"):
        client = api_client(a_provider_key(a_provider(venue, name)))
        assert client.post("/v1/commitments", {"min_edge_bps": "5"}, HTTP_IDEMPOTENCY_KEY="one").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ä"])
def test_an_insane_idempotency_key_is_refused(client, key) -> None:
    response = client.post("/v1/marks", {"marks": [a_quote()]}, HTTP_IDEMPOTENCY_KEY=key)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_refused")
    assert not Mark.objects.exists()


def test_the_api_describes_itself_without_a_key() -> None:
    described = api_client(None).get("/v1/openapi.json")
    document = json.loads(described.content)
    assert document["openapi"].startswith("3.1")
    assert {"/v1/marks", "/v1/me", "/v1/commitments", "/v1/collateral"} <= document["paths"].keys()
    operation = document["paths"]["/v1/marks"]["post"]
    assert operation["security"] == [{"key": ["marks"]}]
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/Failed"}
    assert "application/problem+json" in document["components"]["responses"]["Failed"]["content"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}


def test_the_description_is_made_once_however_it_is_asked_for(monkeypatch) -> None:
    client = api_client(None)
    first = client.get("/v1/openapi.json").content
    monkeypatch.setattr(SchemaGenerator, "get_schema", None)
    for headers in [
        {},
        {"HTTP_ACCEPT": "application/json, */*", "HTTP_ACCEPT_LANGUAGE": "de"},
        {"HTTP_COOKIE": "a=b", "HTTP_HOST": "localhost"},
    ]:
        again = client.get("/v1/openapi.json", **headers)
        assert (again.status_code, again.content) == (200, first)
    assert client.head("/v1/openapi.json").status_code == 200


def test_the_documentation_needs_nothing_from_elsewhere() -> None:
    page = api_client(None).get("/v1/docs").content.decode()
    assert "swagger-ui" in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page
