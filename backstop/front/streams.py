"""Streams of server-sent events: what venues publish, told to all who listen in this process by one connection.

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
from backstop.delivery.following import MOST, UsedFrom, Wanted, lines_of_tick, list_news, list_past
from backstop.events import PublicEvent
from backstop.faults import explain
from backstop.front.ending import when_told_to_end
from backstop.front.followers import Follower, Happened
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
        self._followers: set[Follower] = set()
        self._positions: dict[UUID, int] = {}  # of the venues that somebody listens to: up to where all heard
        self._following: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._reading_past = asyncio.Lock()
        self._ticking, self._looking = _Every(TICK_SECONDS), _Every(LOOK_SECONDS)
        self._is_ending = False

    @contextmanager
    def joined(self, wanted: Wanted) -> Iterator[Follower]:
        """A block in which a new follower hears what happens; raises the refusal where there is no room for it."""
        if self._is_ending or len(self._followers) >= MOST_STREAMS:
            raise GroundRefusal.SERVER_BUSY.error()
        with self._places.held(f"stream:{wanted.counts_as}", STREAMS_PER_KEY, GroundRefusal.TOO_MANY_STREAMS):
            follower = Follower(wanted, self._positions.setdefault(wanted.venue_id, wanted.last))
            self._followers.add(follower)
            self._follow()
            try:
                yield follower
            finally:
                self._followers.remove(follower)
                if not any(each.wanted.venue_id == wanted.venue_id for each in self._followers):
                    del self._positions[wanted.venue_id]

    async def serve(
        self, follower: Follower, answer: Answer, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Begins with the `answer` and goes on until one of both sides ends it."""
        headers = [each for each in answer.headers if each[0] != b"content-length"]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers, "trailers": False})
        leaving = asyncio.create_task(_see_off(follower, receive))
        try:
            async for text in self._texts(follower, answer.body):
                await follower.take(send({"type": "http.response.body", "body": text, "more_body": True}))
        except Error as problem:
            log.warning("stream_broken_off", problem=explain(problem) or str(problem))
        finally:
            leaving.cancel()
        if follower.is_slow:
            log.warning("stream_too_slow", key=str(follower.wanted.key_id))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _texts(self, follower: Follower, opening: bytes) -> AsyncIterator[bytes]:
        wanted = follower.wanted
        yield opening + follower.here(wanted.after)
        after = wanted.after
        while after < follower.joined and not follower.is_over:
            async with self._reading_past:  # one page at a time, between which comes what is new
                past = await self._ask(list_past, wanted, after, follower.joined)
            if past:
                yield follower.written(past)
            after = past[-1].position if len(past) == MOST else follower.joined
        while text := await follower.next():
            yield text

    def _follow(self) -> None:
        if self._following is None:
            when_told_to_end(self._end)
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._keep_following())
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._keep_watching())

    def _end(self) -> None:
        self._is_ending = True
        for each in self._followers:
            each.end()

    async def _keep_following(self) -> None:
        try:
            while self._followers:
                began = time.monotonic()
                await self._go_on()
                await asyncio.sleep(max(0.0, began + COLLECTING_SECONDS - time.monotonic()))
        except Exception:
            log.exception("streams_broken_off")
            for each in self._followers:
                each.end()

    async def _keep_watching(self) -> None:
        """Beside what follows the database, which may have to be waited for."""
        while self._followers:
            await asyncio.sleep(HEARTBEAT_SECONDS / 10)
            now = time.monotonic()
            for each in self._followers:
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
        ticks = await self._ask(_ticks_of, list(self._positions))
        for each in self._followers:
            each.tick(ticks.get(each.wanted.venue_id, b""))

    async def _look(self) -> None:
        keys: Callable[[Collection[UsedFrom]], set[UsedFrom]] = import_string(settings.KEYS_IN_FORCE)
        asked = {each.wanted.used_from for each in self._followers}
        over = asked - await self._ask(keys, asked)
        for each in self._followers:
            if each.wanted.used_from in over:
                each.end()

    def _of(self, venue_id: UUID) -> list[Follower]:
        return [each for each in self._followers if each.wanted.venue_id == venue_id]

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


async def _see_off(follower: Follower, receive: ASGIReceiveCallable) -> None:
    """Ends it once it is gone by itself."""
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.end()
