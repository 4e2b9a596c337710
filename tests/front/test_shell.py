"""A request is whole before it gets a thread, or it gets none; either way nothing of it is left."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from backstop.api.bodies import BODY_BYTES, LARGE_BODY_BYTES
from backstop.front import bodies, shell, threads
from backstop.front.places import Places
from backstop.front.shell import Front

PATIENCE_SECONDS = 0.05
STILL = {"type": "nothing more comes"}
GONE = {"type": "http.disconnect"}


def chunk(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@dataclass
class Asked:
    """What one request got, and how many of its messages were taken."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: int = 0

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


@dataclass
class Application:
    """Answers with what it was sent, and remembers with what environment."""

    environs: list[WSGIEnvironment] = field(default_factory=list)
    closed: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.environs.append(environ)
        start_response("201 Created", [("X-Thread", threading.current_thread().name)])
        return self.content(environ)

    def content(self, environ: WSGIEnvironment) -> Iterable[bytes]:
        try:
            yield environ["wsgi.input"].read()
        finally:
            self.closed += 1


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def front(application: Application, tmp_path: Path) -> Front:
    return Front(application, Places(tmp_path / "places"), trusted=[], places_per_address=2)


async def ask(
    front: Front,
    *messages: dict[str, Any],
    method: str = "POST",
    path: str = "/v1/bids",
    headers: Sequence[tuple[str, str]] = (),
    send: Callable[[Any], Any] | None = None,
    peer: str = "198.51.100.1",
) -> Asked:
    asked, waiting = Asked(), list(messages)

    async def receive() -> Any:
        asked.taken += 1
        message = waiting.pop(0)
        if message is STILL:
            await asyncio.Event().wait()
        return message

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            asked.status = message["status"]
            asked.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            asked.body += message["body"]
        if send:
            await send(message)

    scope: Any = {
        "type": "http",
        "method": method,
        "path": path.replace("%00", "\0"),
        "raw_path": path.encode(),
        "query_string": b"a=%00",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": (peer, 40000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    await front(scope, receive, take)
    return asked


def sized(length: int) -> list[tuple[str, str]]:
    return [("content-length", str(length))]


CHUNKED = [("transfer-encoding", "chunked")]


@pytest.mark.parametrize(
    ("messages", "headers"),
    [
        ([chunk(b"ab"), chunk(b"cd")], sized(4)),
        ([chunk(b"ab"), chunk(b"cd"), chunk(b"", False)], CHUNKED),
        ([chunk(b"abcd", False)], CHUNKED),
        ([chunk(b"ab"), chunk(b"cd"), chunk(b"", False)], [*sized(2), *CHUNKED]),
        ([chunk(b"abcd", False)], [*sized(0), *CHUNKED]),
    ],
)
def test_a_body_arrives_whole(front: Front, application: Application, messages: Any, headers: Any) -> None:
    asked = asyncio.run(ask(front, *messages, headers=headers))
    assert (asked.status, asked.body, application.closed) == (201, b"abcd", 1)
    assert application.environs[0]["CONTENT_LENGTH"] == "4"
    assert asked.headers["x-thread"].startswith("answering")


@pytest.mark.parametrize("headers", [[], sized(0)])
def test_what_has_no_body_is_not_waited_for(front: Front, headers: Any) -> None:
    asked = asyncio.run(ask(front, method="GET", headers=headers))
    assert (asked.status, asked.body, asked.taken) == (201, b"", 0)


def test_the_largest_body_is_taken_and_one_byte_more_is_not(front: Front) -> None:
    largest = b"x" * BODY_BYTES
    assert asyncio.run(ask(front, chunk(largest), headers=sized(BODY_BYTES))).status == 201
    declared = asyncio.run(ask(front, STILL, headers=sized(BODY_BYTES + 1)))
    assert (declared.status, declared.code, declared.taken) == (413, "body_too_large", 0)
    streamed = asyncio.run(ask(front, chunk(largest), chunk(b"x"), STILL, headers=CHUNKED))
    assert (streamed.status, streamed.code, streamed.taken) == (413, "body_too_large", 2)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/books", LARGE_BODY_BYTES),
        ("/v1/books/7/amend", LARGE_BODY_BYTES),
        ("/v1/bookshelves", BODY_BYTES),
        ("/v1/bids", BODY_BYTES),
        ("/admin/login/", BODY_BYTES),
    ],
)
def test_whole_files_are_taken_where_books_are_sent(front: Front, path: str, most: int) -> None:
    assert asyncio.run(ask(front, STILL, path=path, headers=sized(most + 1))).status == 413
    assert asyncio.run(ask(front, chunk(b"x" * most), path=path, headers=sized(most))).status == 201


@pytest.mark.parametrize("messages", [[STILL], [chunk(b"a"), STILL], [chunk(b""), chunk(b"a"), STILL]])
def test_a_body_that_does_not_come_in_time_is_refused(
    front: Front, application: Application, monkeypatch: pytest.MonkeyPatch, messages: Any
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", PATIENCE_SECONDS)
    asked = asyncio.run(ask(front, *messages, headers=sized(4)))
    assert (asked.status, asked.code) == (408, "body_too_slow")
    assert application.environs == []


def test_a_body_that_breaks_off_gets_no_thread(front: Front, application: Application) -> None:
    for _ in range(3):  # more than there are places
        asked = asyncio.run(ask(front, chunk(b"a"), GONE, headers=sized(4)))
        assert (asked.status, asked.code) == (400, "body_broken_off")
    assert application.environs == []


def test_an_address_has_so_many_places_and_loopback_many_more(front: Front) -> None:
    async def together() -> list[Asked]:
        waiting = [asyncio.create_task(ask(front, STILL, headers=sized(4))) for _ in range(2)]
        await asyncio.sleep(0)
        third = await ask(front, method="GET")
        other = await ask(front, method="GET", peer="198.51.100.2")
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        again = await ask(front, method="GET")
        waiting[1].cancel()
        local = await asyncio.gather(*(ask(front, method="GET", peer="127.0.0.1") for _ in range(20)))
        return [third, other, again, *local]

    third, *others = asyncio.run(together())
    assert (third.status, third.code, third.headers["retry-after"]) == (429, "too_many_at_once", "2")
    assert {one.status for one in others} == {201}


def test_what_finds_no_thread_in_time_is_told_to_come_again(
    tmp_path: Path, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "WAIT_SECONDS", PATIENCE_SECONDS)
    done = threading.Event()

    def long(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        done.wait(20)
        return application(environ, start_response)

    async def together() -> tuple[Asked, list[Asked]]:
        front = Front(long, Places(tmp_path / "places"), trusted=[], places_per_address=20)
        working = [
            asyncio.create_task(ask(front, method="GET", peer=f"198.51.100.{number % 2}"))
            for number in range(threads.THREADS)
        ]
        await asyncio.sleep(0)
        refused = await ask(front, method="GET")
        done.set()
        return refused, await asyncio.gather(*working)

    refused, answered = asyncio.run(together())
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "server_busy", "2")
    assert {one.status for one in answered} == {201}


def test_one_address_never_has_all_threads(
    tmp_path: Path, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "WAIT_SECONDS", PATIENCE_SECONDS)
    done = threading.Event()

    def long(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REMOTE_ADDR"] == "198.51.100.1":
            done.wait(20)
        return application(environ, start_response)

    async def together() -> tuple[Asked, list[Asked]]:
        front = Front(long, Places(tmp_path / "places"), trusted=[], places_per_address=20)
        greedy = [asyncio.create_task(ask(front, method="GET")) for _ in range(2 * threads.THREADS)]
        await asyncio.sleep(0)
        other = await ask(front, method="GET", peer="198.51.100.2")
        alive = await ask(front, method="GET", path="/livez")
        assert alive.status == 200
        await asyncio.wait(greedy, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        done.set()
        return other, await asyncio.gather(*greedy)

    other, greedy = asyncio.run(together())
    assert other.status == 201
    assert {one.status for one in greedy} == {201, 503}


def test_a_slow_reader_does_not_keep_its_place(
    front: Front, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "READING_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(application, "content", lambda environ: [b"x" * 100_000, b"y" * 100_000])

    async def read_one_piece(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    for _ in range(3):
        asked = asyncio.run(ask(front, method="GET", send=read_one_piece))
        assert len(asked.body) == shell.PIECE_BYTES
    assert asyncio.run(ask(front, method="GET")).body == b"x" * 100_000 + b"y" * 100_000


def test_a_header_cannot_pass_for_another(front: Front, application: Application) -> None:
    sent = [
        ("x-forwarded-proto", "http"),
        ("x_forwarded_proto", "https"),
        ("content_length", "9"),
        ("remote_addr", "127.0.0.1"),
        ("accept", "a"),
        ("accept", "b"),
        ("cookie", "c=1"),
        ("cookie", "d=2"),
        ("x-latin", "\xe9"),
        ("content-type", "text/plain"),
        *sized(2),
    ]
    asyncio.run(ask(front, chunk(b"{}"), headers=sent))
    (environ,) = application.environs
    assert {name: value for name, value in environ.items() if name.startswith("HTTP_")} == {
        "HTTP_X_FORWARDED_PROTO": "http",
        "HTTP_ACCEPT": "a,b",
        "HTTP_COOKIE": "c=1; d=2",
        "HTTP_X_LATIN": "\xe9",
    }
    assert (environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == ("2", "text/plain")
    assert environ["REMOTE_ADDR"] == "198.51.100.1"


def test_an_address_that_is_no_text_reaches_the_application_byte_by_byte(
    front: Front, application: Application
) -> None:
    asyncio.run(ask(front, method="GET", path="/a%00b%ff%2f"))
    assert application.environs[0]["PATH_INFO"] == "/a\0b\xff/"
    assert application.environs[0]["QUERY_STRING"] == "a=%00"


def test_a_refusal_is_noted_once_with_its_request_id(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.run(ask(front, headers=[*sized(BODY_BYTES + 1), ("x-request-id", "mine-1")]))
    insane = asyncio.run(ask(front, path="/v1/nowhere", headers=[*sized(BODY_BYTES + 1), ("x-request-id", "<>")]))
    assert asked.headers["x-request-id"] == json.loads(asked.body)["request_id"] == "mine-1"
    assert asked.headers["content-type"] == "application/problem+json"
    one, other = (record.msg for record in caplog.records)
    assert isinstance(one, dict)
    assert (
        one.items()
        >= {
            "event": "request_refused",
            "code": "body_too_large",
            "status": 413,
            "method": "POST",
            "route": "v1/bids",
            "address": "198.51.100.1",
            "request_id": "mine-1",
        }.items()
    )
    assert isinstance(other, dict)
    assert (other["route"], other["request_id"]) == ("", insane.headers["x-request-id"])


def test_an_application_that_fails_is_a_fault_of_ours_that_tells_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise RuntimeError("a secret")

    front = Front(broken, Places(tmp_path / "places"), trusted=[], places_per_address=1)
    for _ in range(2):
        asked = asyncio.run(ask(front, method="GET"))
        assert (asked.status, asked.code) == (500, "server_error")
        assert b"secret" not in asked.body
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "a secret" in str(caplog.records[0].msg)
