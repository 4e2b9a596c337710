"""The WSGI application in threads of its own, each of which works on one request at a time: from a whole one to a whole
answer, so that nobody who sends or reads slowly keeps it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from sys import stderr
from typing import Any
from urllib.parse import unquote_to_bytes
from weakref import WeakValueDictionary
from wsgiref.types import WSGIApplication, WSGIEnvironment

from asgiref.typing import HTTPScope

from backstop.api.raw import RAW_PATH
from backstop.refusals import GroundRefusal

THREADS = 8
WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, as ASGI takes it."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class Threads:
    """Those of one event loop. A thread stays, and its connection to the database as long as Django keeps it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="answering")
        self._free = asyncio.Semaphore(THREADS)
        self._shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def answer(self, environ: WSGIEnvironment, holder: str, most: int) -> Answer:
        """What the application answers; raises the refusal where no thread gets free in time. Of all threads `holder`
        has at most so many at once, so that some are left for others."""
        share = self._shares.setdefault(holder, asyncio.Semaphore(most))
        async with _held(share), _held(self._free):
            return await asyncio.get_running_loop().run_in_executor(self._pool, _ask, self._application, environ)


@asynccontextmanager
async def _held(semaphore: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WAIT_SECONDS if semaphore.locked() else None):
            await semaphore.acquire()
    except TimeoutError:
        raise GroundRefusal.SERVER_BUSY.error() from None
    try:
        yield
    finally:
        semaphore.release()


def environ_of(scope: HTTPScope, headers: Mapping[str, str], body: bytes, client: str) -> WSGIEnvironment:
    """The request as WSGI has it (PEP 3333). A header with an underscore could pass for another, so it is left out."""
    server = scope["server"] or ("", None)
    sent = {name.upper().replace("-", "_"): value for name, value in headers.items() if "_" not in name}
    framing = ("CONTENT_TYPE", "CONTENT_LENGTH", "TRANSFER_ENCODING")
    return {
        **{f"HTTP_{name}": value for name, value in sent.items() if name not in framing},
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"] or b"").decode("latin-1"),
        RAW_PATH: (scope["raw_path"] or b"").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "REMOTE_ADDR": client,
        "CONTENT_TYPE": sent.get("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _ask(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))

    content = application(environ, start_response)
    try:
        body = b"".join(content)
    finally:
        if hasattr(content, "close"):
            content.close()  # which ends the request for Django, and gives its connection back
    status, headers = started[-1]
    return Answer(
        int(status.partition(" ")[0]),
        [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        body,
    )
