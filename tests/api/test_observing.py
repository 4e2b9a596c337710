"""Every request is measured, every refusal is one line, and every line of a request has its id."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from auctions.tasks import run_stage
from tests import market
from tests.api.test_health import Operators
from tests.builders import a_venue, a_venue_key, an_instrument, api_client
from tests.conftest import Travel

pytestmark = pytest.mark.django_db

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Whatever has been written to the log by now, in lines of JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_formatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def _formatter() -> logging.Formatter:
    formatters = (handler.formatter for handler in logging.getLogger().handlers)
    return next(one for one in formatters if isinstance(one, structlog.stdlib.ProcessorFormatter))


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "route"),
    [
        ("get", "/v1/nowhere", 404, "not_found", ""),
        ("get", "/v1/balances", 401, "key_missing", "v1/balances"),
        ("put", "/v1/openapi.json", 405, "method_not_allowed", "v1/openapi.json"),
        ("get", "/nowhere", 404, "not_found", ""),
        ("post", "/livez", 405, "", "livez"),
    ],
)
def test_a_refusal_is_one_line(
    client: Client, lines: Lines, method: str, path: str, status: int, code: str, route: str
) -> None:
    answer = getattr(client, method)(path, HTTP_X_REQUEST_ID="mine")
    (line,) = lines()
    assert (answer.status_code, line["event"], line["level"]) == (status, "request_refused", "warning")
    assert (
        line.items()
        >= {
            "status": status,
            "code": code,
            "route": route,
            "method": method.upper(),
            "path": path,
            "address": "127.0.0.1",
            "request_id": "mine",
        }.items()
    )


def test_what_a_refusal_means_is_said_where_the_answer_does_not_say_it(client: Client, lines: Lines) -> None:
    Client(enforce_csrf_checks=True).post("/admin/login/")
    client.get("/v1/time", HTTP_HOST="evil.example")
    forged, misled = lines()
    assert (forged["problem"], forged["code"]) == ("CSRF cookie not set.", "permission_denied")
    assert misled["problem"].startswith("Invalid HTTP_HOST header: 'evil.example'")
    assert (misled["code"], misled["status"], "exception" in misled) == ("bad_request", 400, False)


def test_a_fault_of_ours_is_one_line_with_its_traceback(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    venue = a_venue()
    an_instrument(venue, "BTC-PERP")
    monkeypatch.setattr("backstop.api.marks.MarkQuote", None)
    answer = api_client(a_venue_key(venue)).post("/v1/marks", {"marks": [{"instrument": "BTC-PERP", "price": "1"}]})
    (line,) = lines()
    assert (line["status"], line["code"], line["level"]) == (500, "server_error", "error")
    assert line["request_id"] == answer["X-Request-ID"]
    assert "TypeError" in line["exception"]


def test_what_others_log_while_a_request_is_served_has_its_id(
    client: Client, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> datetime:
        logging.getLogger("a.library").warning("by the way")
        return datetime.now(UTC)

    monkeypatch.setattr("backstop.api.time.clock.now", now)
    client.get("/v1/time", HTTP_X_REQUEST_ID="mine")
    logging.getLogger("a.library").warning("later")
    assert [(line["event"], line.get("request_id")) for line in lines()] == [("by the way", "mine"), ("later", None)]


def counts(name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """How much was measured by now, by these labels."""
    families = text_string_to_metric_families(Operators().get("/metrics").content.decode())
    samples = [sample for family in families for sample in family.samples if sample.name == f"{name}_count"]
    return {tuple(sample.labels[label] for label in labels): sample.value for sample in samples}


def test_requests_are_measured_by_method_route_and_status(client: Client) -> None:
    book = "/v1/books/00000000-0000-0000-0000-000000000000"
    asked = {
        ("GET", "v1/time", "200"): lambda: client.get("/v1/time"),
        ("GET", "", "404"): lambda: client.get("/v1/nowhere"),
        ("GET", "v1/books/<uuid:book_id>", "401"): lambda: client.get(book),
        ("other", "v1/time", "405"): lambda: client.generic("BREW", "/v1/time"),
    }
    before = counts("backstop_request_seconds", "method", "route", "status")
    for ask in asked.values():
        ask()
    after = counts("backstop_request_seconds", "method", "route", "status")
    assert {one: after.get(one, 0) - before.get(one, 0) for one in asked} == dict.fromkeys(asked, 1)


def test_sweeps_that_find_something_are_measured_by_stage(travel: Travel) -> None:
    venue = market.a_market(travel)
    market.a_playbook(venue)
    market.a_plain_book(venue)
    before = counts("backstop_sweep_seconds", "stage")
    assert [run_stage("route_books"), run_stage("route_books")] == [1, 0]
    after = counts("backstop_sweep_seconds", "stage")
    assert after[("route_books",)] - before.get(("route_books",), 0) == 1
