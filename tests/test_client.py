"""The client is patient with a server that says when to come again."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import ClassVar

import pytest

from backstop.client import client
from backstop.client.client import ApiRefused, Client


class Server(BaseHTTPRequestHandler):
    """Answers what is next in `answers`: a status and headers."""

    answers: ClassVar[list[tuple[int, dict[str, str]]]] = []

    def do_GET(self) -> None:
        status, headers = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps({"code": "database_unavailable"} if status == 503 else {"ok": True}).encode())

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def caller() -> Iterator[Client]:
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
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

    monkeypatch.setattr(client, "threading", SimpleNamespace(Event=Event))
    return pauses


def test_it_waits_as_long_as_it_is_asked_to_within_reason(pauses: list[float], caller: Client) -> None:
    asked = [{"Retry-After": "2"}, {"Retry-After": "3600"}, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, {}]
    Server.answers = [*((503, headers) for headers in asked), (200, {})]
    assert caller.get("time") == {"ok": True}
    assert pauses == [2, client.LONGEST_PAUSE_SECONDS, client.PAUSE_SECONDS, client.PAUSE_SECONDS]


def test_it_gives_up_in_the_end(pauses: list[float], caller: Client) -> None:
    Server.answers = [(503, {"Retry-After": "2"})] * client.TRIES
    with pytest.raises(ApiRefused) as refused:
        caller.get("time")
    assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
    assert len(pauses) == client.TRIES - 1
