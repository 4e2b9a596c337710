"""Streams of server-sent events: what venues publish, told to all who listen in this process by one connection;
or, to who watches a board, that something was.

A follower joins before what it wants of the past is read, so that nothing falls between the two. What is new is
collected for a fixed time, in which everybody's share is one write. Whoever reads slowly holds up nobody: it is sent
away, and comes again with the id of the last event that it has.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from django.conf import settings
from django.db import Error, connection
from django.utils.module_loading import import_string

from backstop import clock
from backstop.delivery.following import MOST, UsedFrom, Wanted, Watched, lines_of_tick, list_news, list_past
from backstop.events import PublicEvent
from backstop.faults import explain
from backstop.front.ending import when_told_to_end
from backstop.front.followers import Follower, Happened, Watcher
from backstop.front.places import MOST_STREAMS, Places
from backstop.front.threads import Answer
from backstop.refusals import GroundRefusal

STREAMS_PER_KEY = 8
COLLECTING_SECONDS = 0.05
TICK_SECONDS = 0.5
LOOK_SECONDS = 1.0  # at whether keys still open anything
HEARTBEAT_SECONDS = 5.0  # proxies cut what is silent for ten
SLOW_SECONDS = 10.0  # for one write
BROKEN_SECONDS = 1.0

R = TypeVar("R")

log = structlog.get_logger(__name__)


class Streams:
    """Those of one event loop."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._thread = ThreadPoolExecutor(1, "following")  # and so one connection
        self._listeners: set[Follower | Watcher] = set()
        self._positions: dict[UUID, int] = {}  # of the venues that somebody listens to: up to where all heard
        self._following: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._reading_past = asyncio.Lock()
        self._ticking, self._looking = _Every(TICK_SECONDS), _Every(LOOK_SECONDS)
        self._is_ending = False

    @contextmanager
    def joined(self, wanted: Wanted | Watched) -> Iterator[Follower | Watcher]:
        """A block in which a new listener hears what happens; raises the refusal where there is no room for it."""
        if self._is_ending or len(self._listeners) >= MOST_STREAMS:
            raise GroundRefusal.SERVER_BUSY.error()
        with self._places.held(f"stream:{wanted.counts_as}", STREAMS_PER_KEY, GroundRefusal.TOO_MANY_STREAMS):
            listener = self._listener_of(wanted)
            self._listeners.add(listener)
            self._follow()
            try:
                yield listener
            finally:
                self._listeners.remove(listener)
                for venue_id in listener.venue_ids:
                    if not any(self._of(venue_id)):
                        del self._positions[venue_id]

    def _listener_of(self, wanted: Wanted | Watched) -> Follower | Watcher:
        if isinstance(wanted, Wanted):
            return Follower(wanted, self._positions.setdefault(wanted.venue_id, wanted.last))
        for venue_id, last in wanted.last.items():
            self._positions.setdefault(venue_id, last)
        return Watcher(wanted)

    async def serve(
        self, listener: Follower | Watcher, answer: Answer, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Begins with the `answer` and goes on until one of both sides ends it."""
        headers = [each for each in answer.headers if each[0] != b"content-length"]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers, "trailers": False})
        leaving = asyncio.create_task(_see_off(listener, receive))
        try:
            async for text in self._texts(listener, answer.body):
                await listener.take(send({"type": "http.response.body", "body": text, "more_body": True}))
        except Error as problem:
            log.warning("stream_broken_off", problem=explain(problem) or str(problem))
        finally:
            leaving.cancel()
        if listener.is_slow:
            key = str(listener.wanted.key_id) if isinstance(listener, Follower) else None
            log.warning("stream_too_slow", key=key)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _texts(self, listener: Follower | Watcher, opening: bytes) -> AsyncIterator[bytes]:
        if isinstance(listener, Follower):
            yield opening + listener.here(listener.wanted.after)
            async for text in self._past(listener):
                yield text
        else:
            yield opening
        while text := await listener.next():
            yield text

    async def _past(self, follower: Follower) -> AsyncIterator[bytes]:
        wanted = follower.wanted
        after = wanted.after
        while after < follower.joined and not follower.is_over:
            async with self._reading_past:  # one page at a time, between which comes what is new
                past = await self._ask(list_past, wanted, after, follower.joined)
            if past:
                yield follower.written(past)
            after = past[-1].position if len(past) == MOST else follower.joined

    def _follow(self) -> None:
        if self._following is None:
            when_told_to_end(self._end)
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._keep_following())
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._keep_watching())

    def _end(self) -> None:
        self._is_ending = True
        for each in self._listeners:
            each.end()

    async def _keep_following(self) -> None:
        try:
            while self._listeners:
                began = time.monotonic()
                await self._go_on()
                await asyncio.sleep(max(0.0, began + COLLECTING_SECONDS - time.monotonic()))
        except Exception:
            log.exception("streams_broken_off")
            for each in self._listeners:
                each.end()

    async def _keep_watching(self) -> None:
        """Beside what follows the database, which may have to be waited for."""
        while self._listeners:
            await asyncio.sleep(HEARTBEAT_SECONDS / 10)
            now = time.monotonic()
            for each in self._listeners:
                each.look(now, HEARTBEAT_SECONDS, SLOW_SECONDS)

    async def _go_on(self) -> None:
        try:
            await self._hear()
            if self._ticking.is_due():
                await self._tick()
            if self._looking.is_due():
                await self._look()
        except Error as problem:
            log.warning("streams_wait", problem=explain(problem) or str(problem))
            await asyncio.sleep(BROKEN_SECONDS)

    async def _hear(self) -> None:
        since = dict(self._positions)
        for venue_id, (until, events) in (await self._ask(list_news, since)).items():
            if self._positions.get(venue_id) == since[venue_id]:  # else all left it, and others came, from elsewhere on
                self._positions[venue_id] = until
                happened = Happened(events, until)
                for each in self._of(venue_id):
                    each.hear(happened)

    async def _tick(self) -> None:
        followers = self._followers()
        if not followers:
            return
        ticks = await self._ask(_ticks_of, {each.wanted.venue_id for each in followers})
        for each in followers:
            each.tick(ticks.get(each.wanted.venue_id, b""))

    async def _look(self) -> None:
        followers = self._followers()
        if not followers:
            return
        keys: Callable[[Collection[UsedFrom]], set[UsedFrom]] = import_string(settings.KEYS_IN_FORCE)
        asked = {each.wanted.used_from for each in followers}
        over = asked - await self._ask(keys, asked)
        for each in followers:
            if each.wanted.used_from in over:
                each.end()

    def _followers(self) -> list[Follower]:
        return [each for each in self._listeners if isinstance(each, Follower)]

    def _of(self, venue_id: UUID) -> list[Follower | Watcher]:
        return [each for each in self._listeners if venue_id in each.venue_ids]

    async def _ask(self, question: Callable[..., R], *words: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _asked, question, *words)


class _Every:
    """Something that is due once in so many seconds, at most."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_at = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next_at:
            return False
        self._next_at = now + self._seconds
        return True


def _asked(question: Callable[..., R], *words: Any) -> R:
    try:
        return question(*words)
    except Error:
        connection.close()
        raise


def _ticks_of(venue_ids: Collection[UUID]) -> dict[UUID, bytes]:
    ticks: Callable[[Collection[UUID], datetime], list[PublicEvent]] = import_string(settings.TICKS)
    now = clock.now()
    found: dict[UUID, list[bytes]] = {}
    for tick in ticks(venue_ids, now):
        found.setdefault(tick.venue_id, []).append(lines_of_tick(tick, now))
    return {venue_id: b"".join(lines) for venue_id, lines in found.items()}


async def _see_off(listener: Follower | Watcher, receive: ASGIReceiveCallable) -> None:
    """Ends it once it is gone by itself."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
