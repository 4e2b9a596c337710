"""The front program, which a request meets first: takes it whole, within limits, and only then gives it a thread.

Who sends slowly, too much, or too many at once costs a little room here and never a thread. What is refused is answered
and noted as everywhere: a problem document, one line.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from wsgiref.types import WSGIApplication

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from backstop.api import observing, problems, request_ids
from backstop.api.bodies import most_bytes_to
from backstop.delivery.following import WANTED
from backstop.errors import DomainError
from backstop.front.addresses import Address, Network, address_of, holder_of
from backstop.front.bodies import take_whole
from backstop.front.places import Places
from backstop.front.streams import Streams
from backstop.front.threads import THREADS, Answer, Threads, environ_of
from backstop.refusals import GroundRefusal

LOOPBACK_PLACES = 1024  # where a balancer on this host sends what everybody sent it

ALIVE = Answer(200, [(b"content-type", b"text/plain"), (b"content-length", b"6")], b"alive\n")

PIECE_BYTES = 64 * 1024
READING_SECONDS = 30.0


class Front:
    """An ASGI application around a WSGI one, for requests that have an end, and for streams that go on from there."""

    def __init__(
        self, application: WSGIApplication, places: Places, *, trusted: Collection[Network], places_per_address: int
    ) -> None:
        self._threads = Threads(application)
        self._places = places
        self._streams = Streams(places)
        self._trusted = trusted
        self._places_per_address = places_per_address

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if (scope["method"], scope["path"]) == ("GET", "/livez"):  # however many wait: no overload is mended by an end
            await _give(send, ALIVE, lambda: None)
            return
        began = time.perf_counter()
        headers = _headers_of(scope)
        peer = scope["client"][0] if scope["client"] else ""
        client = address_of(peer, headers.get("x-forwarded-for", ""), self._trusted)
        holder, is_host = holder_of(client), client.is_loopback and str(client) == peer
        with ExitStack() as held, ExitStack() as streaming:
            listener = None
            try:
                held.enter_context(self._places.held(holder, LOOPBACK_PLACES if is_host else self._places_per_address))
                body = await take_whole(receive, headers, most_bytes_to(scope["path"]))
                environ = environ_of(scope, headers, body, str(client)) | {observing.WHOLE_AT: time.perf_counter()}
                answer = await self._threads.answer(environ, holder, THREADS if is_host else THREADS // 2)
                if WANTED in environ:
                    listener = streaming.enter_context(self._streams.joined(environ[WANTED]))
            except Exception as fault:
                answer = _refusal(scope, headers, client, fault, began)
            if listener is None:
                await _give(send, answer, held.close)
            else:
                held.close()
                await self._streams.serve(listener, answer, receive, send)


def _headers_of(scope: HTTPScope) -> dict[str, str]:
    """By their names in lower case; what was said several times stands in one, as RFC 9110 (5.3) and 6265 have it."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        said[name.decode("latin-1")].append(value.decode("latin-1"))
    return {name: ("; " if name == "cookie" else ",").join(values) for name, values in said.items()}


def _refusal(scope: HTTPScope, headers: Mapping[str, str], client: Address, fault: Exception, began: float) -> Answer:
    """What is answered where the application was not asked, or failed; noted, as the application's own is."""
    error = fault if isinstance(fault, DomainError) else GroundRefusal.SERVER_ERROR.error()
    request_id = request_ids.id_of(headers.get(request_ids.HEADER.lower(), ""))
    body = problems.problem_of(error) | {"request_id": request_id}
    observing.note(
        method=scope["method"],
        path=scope["path"],
        route=observing.route_of(scope["path"]),
        address=str(client),
        status=body["status"],
        seconds=time.perf_counter() - began,
        code=body["code"],
        fault=None if error is fault else fault,
        request_id=request_id,
    )
    content = json.dumps(body).encode()
    said = {
        "content-type": problems.CONTENT_TYPE,
        "content-length": str(len(content)),
        request_ids.HEADER: request_id,
        **problems.patience(error),
    }
    return Answer(body["status"], [(name.lower().encode(), value.encode()) for name, value in said.items()], content)


async def _give(send: ASGISendCallable, answer: Answer, free: Callable[[], None]) -> None:
    """Sends it, in pieces as they are read: who reads one of several slowly keeps its place for so long, and then gets
    no more.

    `free` is called before the last piece goes, so that whoever has the whole answer has its place back. Who is slow to
    read that one, or all of a small answer, costs a connection and no more.
    """
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers, "trailers": False})
    pieces = range(0, len(answer.body) or 1, PIECE_BYTES)
    with suppress(TimeoutError):
        async with asyncio.timeout(READING_SECONDS if len(pieces) > 1 else None):
            for begin in pieces:
                if is_last := begin == pieces[-1]:
                    free()
                piece = answer.body[begin : begin + PIECE_BYTES]
                await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
