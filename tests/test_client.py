"""The client is patient with a server that says when to come again, and shows it the tokens of what it wrote."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import ClassVar

import pytest

from backstop.client import client
from backstop.client.client import ApiRefused, Client

CODES = {400: client.TOKEN_REFUSED, 503: "database_unavailable"}


class Server(BaseHTTPRequestHandler):
    """Answers what is next in `answers`: a status and headers."""

    answers: ClassVar[list[tuple[int, dict[str, str]]]] = []
    shown: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.shown.append(self.headers[client.READ_TOKEN])
        status, headers = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps({"code": CODES[status]} if status in CODES else {"ok": True}).encode())

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def caller() -> Iterator[Client]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Server.shown = []
    caller = Client(f"http://127.0.0.1:{server.server_port}", "key")
    yield caller
    caller.close()
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited: only noted."""
    pauses: list[float] = []

    class Event:
        def wait(self, seconds: float) -> None:
            pauses.append(seconds)

    monkeypatch.setattr(client, "threading", SimpleNamespace(Event=Event, Lock=threading.Lock))
    return pauses


def test_it_waits_as_long_as_it_is_asked_to_within_reason(pauses: list[float], caller: Client) -> None:
    asked = [{"Retry-After": "2"}, {"Retry-After": "3600"}, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, {}]
    Server.answers = [*((503, headers) for headers in asked), (200, {})]
    assert caller.get("time") == {"ok": True}
    assert pauses == [2, client.LONGEST_PAUSE_SECONDS, client.PAUSE_SECONDS, client.PAUSE_SECONDS]


def test_what_is_taken_back_is_answered_as_it_is_now(pauses: list[float], caller: Client) -> None:
    Server.answers = [(429, {"Retry-After": "1"}), (200, {})]
    assert caller.delete("bids/1") == {"ok": True}
    assert pauses == [1]


def test_it_gives_up_in_the_end(pauses: list[float], caller: Client) -> None:
    Server.answers = [(503, {"Retry-After": "2"})] * client.TRIES
    with pytest.raises(ApiRefused) as refused:
        caller.get("time")
    assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
    assert len(pauses) == client.TRIES - 1


def token(name: str) -> dict[str, str]:
    return {client.READ_TOKEN: name}


def test_it_shows_the_token_of_its_last_write_from_then_on(caller: Client) -> None:
    Server.answers = [(200, {}), (200, token("a")), (200, {}), (200, token("b")), (200, {})]
    caller.get("bids")
    caller.post("bids", {})
    caller.get("bids")
    caller.post("bids", {})
    caller.get("bids")
    assert Server.shown == [None, None, "a", "a", "b"]


def test_it_shows_the_tokens_of_writes_that_were_under_way_together(caller: Client) -> None:
    first, second = (SimpleNamespace(headers=token(name)) for name in "ab")
    asked_at = time.monotonic()
    caller._remember(first, asked_at)  # type: ignore[arg-type]
    caller._remember(second, asked_at)  # type: ignore[arg-type]
    Server.answers = [(200, {}), (200, token("c")), (200, {})]
    caller.get("bids")
    caller.post("bids", {})
    caller.get("bids")
    assert Server.shown == ["a, b", "a, b", "c"]


def test_it_forgets_tokens_that_the_server_knows_no_more(pauses: list[float], caller: Client) -> None:
    Server.answers = [(200, token("a")), (400, {}), (200, {})]
    caller.post("bids", {})
    assert caller.get("bids") == {"ok": True}
    assert Server.shown == [None, "a", None]
