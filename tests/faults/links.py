"""The lines between programs and servers, which can be cut: each program reaches each server by one of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK_BYTES = 65536


class Line(Enum):
    """What a link does with what comes: passes it on, says nothing any more, or hangs up at once."""

    PASSES = auto()
    HANGS = auto()
    RESETS = auto()


class Link:
    """From an end of its own to one server. Its state may be set from any thread."""

    def __init__(self, reach: Callable[[], Awaitable[Streams]], loop: asyncio.AbstractEventLoop) -> None:
        self._reach, self._loop = reach, loop
        self._line = Line.PASSES
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def set(self, line: Line) -> None:
        asyncio.run_coroutine_threadsafe(self._set(line), self._loop).result()

    async def _set(self, line: Line) -> None:
        self._line = line
        if line == Line.HANGS:
            self._open.clear()
        else:
            self._open.set()
        if line == Line.RESETS:
            for writer in self._writers:
                writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        if self._line == Line.RESETS:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        both = {writer, there_writer}
        self._writers |= both
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))
        self._writers -= both

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while content := await reader.read(CHUNK_BYTES):
                await self._open.wait()
                writer.write(content)
                await writer.drain()
        finally:
            writer.close()


class Links:
    """All links of a market, in a thread of their own, until the process ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="links", daemon=True).start()

    def between_sockets(self, here: Path, there: Path) -> Link:
        """A link whose end is a socket at `here`, to the server that listens at `there`."""
        link = Link(lambda: asyncio.open_unix_connection(there), self._loop)
        self._started(asyncio.start_unix_server(link.serve, here))
        here.chmod(0o777)
        return link

    def to_port(self, there: int) -> tuple[Link, int]:
        """A link to a port of this machine, and the port that is its end."""
        link = Link(lambda: asyncio.open_connection("127.0.0.1", there), self._loop)
        server = self._started(asyncio.start_server(link.serve, "127.0.0.1", 0))
        return link, server.sockets[0].getsockname()[1]

    def _started(self, starting: "asyncio._CoroutineLike[asyncio.Server]") -> asyncio.Server:
        return asyncio.run_coroutine_threadsafe(starting, self._loop).result()
