"""The client is patient with a server that says when to come again, shows it the tokens of what it wrote, and goes on
where a stream was cut."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from backstop.client import ApiRefused, Client, StreamedEvent, connection, read_tokens
from backstop.client.rows import AuctionRow, CurveRow
from backstop.client.stream import events_of
from backstop.client.values import read_as, sayable

CODES = {400: connection.TOKEN_REFUSED, 410: "position_expired", 503: "database_unavailable"}


class Server(BaseHTTPRequestHandler):
    """Answers what is next in `answers`: a status and headers; and to who asks for a stream, what is next in `told`."""

    answers: ClassVar[list[tuple[int, dict[str, str]]]] = []
    shown: ClassVar[list[str | None]] = []
    heads: ClassVar[list[dict[str, str]]] = []
    paths: ClassVar[list[str]] = []
    told: ClassVar[list[bytes]] = []
    resumed: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.heads.append(dict(self.headers))
        self.paths.append(self.path)
        self.shown.append(self.headers[read_tokens.HEADER])
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
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def caller() -> Iterator[Client]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Server.shown, Server.resumed, Server.heads, Server.paths = [], [], [], []
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

    monkeypatch.setattr(connection, "threading", SimpleNamespace(Event=Event, Lock=threading.Lock))
    return pauses


def test_it_waits_as_long_as_it_is_asked_to_within_reason(pauses: list[float], caller: Client) -> None:
    asked = [{"Retry-After": "2"}, {"Retry-After": "3600"}, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, {}]
    Server.answers = [*((503, headers) for headers in asked), (200, {})]
    assert caller.get("time") == {"ok": True}
    assert pauses == [2, connection.LONGEST_PAUSE_SECONDS, connection.PAUSE_SECONDS, connection.PAUSE_SECONDS]


def test_what_is_taken_back_is_answered_as_it_is_now(pauses: list[float], caller: Client) -> None:
    Server.answers = [(429, {"Retry-After": "1"}), (200, {})]
    assert caller.send("DELETE", "bids/1") == {"ok": True}
    assert pauses == [1]


def test_parameters_are_given_by_name_and_never_lost_in_the_path(caller: Client) -> None:
    with pytest.raises(ValueError, match=r"^covers\?state=ACTIVE: parameters are given by name"):
        caller.get("covers?state=ACTIVE")
    assert Server.heads == []


def test_it_gives_up_in_the_end(pauses: list[float], caller: Client) -> None:
    Server.answers = [(503, {"Retry-After": "2"})] * connection.TRIES
    with pytest.raises(ApiRefused) as refused:
        caller.get("time")
    assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
    assert len(pauses) == connection.TRIES - 1


def test_a_refusal_says_the_first_faults_by_their_places() -> None:
    faults = [{"pointer": f"/bids/{place}", "code": "required", "message": "must be given"} for place in range(9)]
    problem = {"code": "invalid", "title": "what was sent is not valid"}
    assert str(ApiRefused(422, problem)) == "422 invalid: what was sent is not valid"
    told = str(ApiRefused(422, problem | {"errors": faults}))
    assert told.startswith("422 invalid: what was sent is not valid; /bids/0: must be given; /bids/1: must be given;")
    assert told.count("must be given") == connection.FAULTS_SAID


def token(name: str) -> dict[str, str]:
    return {read_tokens.HEADER: name}


def test_it_shows_the_token_of_its_last_write_from_then_on(caller: Client) -> None:
    Server.answers = [(200, {}), (200, token("a")), (200, {}), (200, token("b")), (200, {})]
    caller.get("bids")
    caller.send("POST", "bids", {})
    caller.get("bids")
    caller.send("POST", "bids", {})
    caller.get("bids")
    assert Server.shown == [None, None, "a", "a", "b"]


def test_it_shows_the_tokens_of_writes_that_were_under_way_together(caller: Client) -> None:
    asked_at = time.monotonic()
    for name in "ab":
        caller._tokens.remember(name, asked_at)
    Server.answers = [(200, {}), (200, token("c")), (200, {})]
    caller.get("bids")
    caller.send("POST", "bids", {})
    caller.get("bids")
    assert Server.shown == ["a, b", "a, b", "c"]


def test_it_forgets_tokens_that_the_server_knows_no_more(pauses: list[float], caller: Client) -> None:
    Server.answers = [(200, token("a")), (400, {}), (200, {})]
    caller.send("POST", "bids", {})
    assert caller.get("bids") == {"ok": True}
    assert Server.shown == [None, "a", None]


def keys() -> list[str | None]:
    return [head.get("Idempotency-Key") for head in Server.heads]


def test_what_is_sent_again_is_the_same_and_another_is_another(pauses: list[float], caller: Client) -> None:
    Server.answers = [(503, {}), (200, {}), (200, {})]
    caller.cancel_all()
    caller.cancel_all()
    first, again, second = keys()
    assert first == again
    assert first != second


def test_what_has_a_name_of_its_own_needs_no_other(pauses: list[float], caller: Client) -> None:
    Server.answers = [(503, {}), *[(200, {})] * 5]
    caller.place_bid("1", client_bid_id="a", units=1, edge_bps="1")
    caller.cancel_bid("1")
    caller.take_units("1", client_bid_id="b", units=1)
    caller.set_marks([])
    caller.get_me()
    assert keys() == [None] * 6


def test_a_write_says_its_conditions_and_the_next_one_does_not(caller: Client) -> None:
    Server.answers = [(200, {})] * 2
    bound = caller.under(
        dry_run=True, process_before=datetime(2026, 1, 2, tzinfo=UTC), if_match="3", idempotency_key="k"
    )
    bound.withdraw_commitment("1")
    caller.withdraw_commitment("1")
    said = Server.heads[0]
    assert (said["If-Match"], said["Idempotency-Key"]) == ('"3"', "k")
    assert Server.paths[0] == "/v1/commitments/1?dry_run=true&process_before=2026-01-02T00%3A00%3A00%2B00%3A00"
    assert "If-Match" not in Server.heads[1]
    assert Server.paths[1] == "/v1/commitments/1"


def test_every_row_is_given_page_after_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {"": ([{"units": 1}, {"units": 2}], "x"), "x": ([{"edge_bps": "0.5"}], None)}
    asked = []

    def get(self: Client, path: str, **parameters: Any) -> Any:
        asked.append((path, parameters))
        data, cursor = pages[parameters.get("cursor", "")]
        return {"data": data, "next_cursor": cursor}

    monkeypatch.setattr(Client, "get", get)
    assert list(Client("http://nowhere", "key").list_takes(limit=2)) == [
        {"units": 1},
        {"units": 2},
        {"edge_bps": Decimal("0.5")},
    ]
    assert asked == [("takes", {"limit": 2}), ("takes", {"limit": 2, "cursor": "x"})]


def test_amounts_and_times_are_read_as_such_and_what_is_new_as_it_is() -> None:
    knots = {"kind": "PIECEWISE", "knots": [["0", "1.5"]]}
    answered = {
        "closes_at": "2026-01-02T00:00:00Z",
        "halted_at": None,
        "notional": "40000",
        "marks": {"BTC-PERP": "20000"},
        "positions": [{"quantity": "2"}],
        "curve": knots,
        "of_tomorrow": "1",
    }
    assert read_as(AuctionRow, answered) == {
        "closes_at": datetime(2026, 1, 2, tzinfo=UTC),
        "halted_at": None,
        "notional": Decimal(40000),
        "marks": {"BTC-PERP": Decimal(20000)},
        "positions": [{"quantity": Decimal(2)}],
        "curve": {"kind": "PIECEWISE", "knots": [[Decimal(0), Decimal("1.5")]]},
        "of_tomorrow": "1",
    }
    assert sayable(read_as(CurveRow, knots)) == knots


def test_amounts_are_said_without_exponents_and_never_as_floats() -> None:
    assert sayable({"edge_bps": Decimal("1E+2"), "units": 1, "all_or_none": True}) == {
        "edge_bps": "100",
        "units": 1,
        "all_or_none": True,
    }
    with pytest.raises(TypeError, match=r"^0\.1 is not exact: send a Decimal, or text$"):
        sayable({"bids": [{"edge_bps": 0.1}]})


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


def test_nothing_is_missed_from_the_moment_on_at_which_a_stream_is_there(caller: Client) -> None:
    Server.told = [b"retry: 1000\n\n:\nid: 0\n\n" + event(1)]
    Server.answers = [(200, {}), (410, {})]
    heard = caller.stream()
    assert Server.paths == ["/v1/stream"], "it listens before it is asked for the first event"
    assert next(heard)["id"] == "1"


def test_a_stream_begins_after_the_event_that_is_named_and_gives_up_in_the_end(
    pauses: list[float], caller: Client
) -> None:
    Server.answers = [(503, {})] * (connection.TRIES + 1)
    with pytest.raises(ApiRefused):
        next(caller.stream("5"))
    assert Server.resumed == ["5"] * (connection.TRIES + 1)
    assert max(pauses) == connection.LONGEST_PAUSE_SECONDS


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
