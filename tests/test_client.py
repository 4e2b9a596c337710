"""The client is patient with a server that says when to come again, shows it the tokens of what it wrote, and goes on
where a stream was cut."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import ClassVar

import pytest

from backstop.client import StreamedEvent, client
from backstop.client.client import ApiRefused, Client
from backstop.client.stream import events_of

CODES = {400: client.TOKEN_REFUSED, 410: "position_expired", 503: "database_unavailable"}


class Server(BaseHTTPRequestHandler):
    """Answers what is next in `answers`: a status and headers; and to who asks for a stream, what is next in `told`."""

    answers: ClassVar[list[tuple[int, dict[str, str]]]] = []
    shown: ClassVar[list[str | None]] = []
    told: ClassVar[list[bytes]] = []
    resumed: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.shown.append(self.headers[client.READ_TOKEN])
        if self.path == "/v1/stream":
            self.resumed.append(self.headers["Last-Event-ID"])
        status, headers = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.path == "/v1/stream" and status == 200:
            self.wfile.write(self.told.pop(0))
            return
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
    Server.shown, Server.resumed = [], []
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


def event(number: int) -> bytes:
    return b'event: bid_cancelled\nid: %d\ndata: {"type": "bid_cancelled", "data": {"n": %d}}\n\n' % (number, number)


def test_a_stream_that_is_cut_goes_on_after_the_last_event_that_came_whole(pauses: list[float], caller: Client) -> None:
    Server.told = [b"retry: 1000\n\n:\nid: 0\n\n" + event(1) + event(2)[:-1], b"", event(2) + b":\nid: 7\n\n", event(8)]
    Server.answers = [(200, {}), (200, {}), (503, {}), (200, {}), (200, {}), (410, {})]
    heard: list[StreamedEvent] = []
    with pytest.raises(ApiRefused) as refused:
        heard.extend(caller.stream())
    assert refused.value.code == "position_expired"
    assert [(each["id"], each["data"]) for each in heard] == [("1", {"n": 1}), ("2", {"n": 2}), ("8", {"n": 8})]
    assert Server.resumed == [None, "1", "1", "1", "7", "8"]
    assert len(pauses) == 5


def test_a_stream_begins_after_the_event_that_is_named_and_gives_up_in_the_end(
    pauses: list[float], caller: Client
) -> None:
    Server.answers = [(503, {})] * (client.TRIES + 1)
    with pytest.raises(ApiRefused):
        next(caller.stream("5"))
    assert Server.resumed == ["5"] * (client.TRIES + 1)
    assert max(pauses) == client.LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_come_in_pieces_of_any_size(size: int) -> None:
    said = (
        b":\nid: 0\n\n" + event(1) + b"event: edge_tick\ndata: " + '{"type": "ä\u2028"}'.encode() + b"\n\n" + event(2)
    )
    pieces = [said[begin : begin + size] for begin in range(0, len(said), size)]
    found = [each for _, each in events_of(pieces, "") if each]
    assert [(each["id"], each["type"]) for each in found] == [
        ("1", "bid_cancelled"),
        ("1", "ä\u2028"),
        ("2", "bid_cancelled"),
    ]
