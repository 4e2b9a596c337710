"""One reader of a stream: what it has still to be told, and up to where it has been told.

What a round tells is written once for each provider, however many listen for it: ids are the provider's.
"""

import asyncio
import secrets
import time
from bisect import bisect_right
from collections.abc import Awaitable, Collection, Sequence
from typing import Any
from uuid import UUID

from backstop.delivery.following import News, Wanted, Watched, with_ids
from backstop.delivery.positions import Positions
from backstop.delivery.telling import may_see

MOST_WAITING_BYTES = 1024 * 1024  # when there is more: who reads more slowly is sent away, and comes again
TELLING_SECONDS = 0.5
WATCHING_SECONDS = 600.0
NEWS = b"event: news\ndata: 0\n\n"


class Happened:
    """What happened at a venue, in order, up to and with the position `until`."""

    def __init__(self, news: Sequence[News], until: int) -> None:
        self.until = until
        self._news = news
        self._positions = [each.position for each in news]
        self._written: dict[tuple[UUID, int], bytes] = {}

    def written_for(self, reader: "Reader", after: int) -> bytes:
        """What this reader may see of it after a position; nothing where it may see none."""
        start = bisect_right(self._positions, after)
        known = reader.provider_id, start
        if known not in self._written:
            self._written[known] = reader.written([each for each in self._news[start:] if reader.may_see(each)])
        return self._written[known]


class Reader:
    """A provider, for whom events are written with ids of its own."""

    def __init__(self, provider_id: UUID) -> None:
        self.provider_id = provider_id
        self.positions = Positions(provider_id)

    def may_see(self, news: News) -> bool:
        return may_see(news.visibility, news.provider_id, self.provider_id)

    def written(self, news: Sequence[News]) -> bytes:
        return with_ids(self.positions.shown([each.position for each in news]), news)


class Audience:
    """Somebody to whom pieces are written for as long as it listens. It `is_over` once it is to be sent away, and
    `is_slow` where that is because it does not take what it is told."""

    def __init__(self) -> None:
        self.is_over = self.is_slow = False
        self._stirred = asyncio.Event()
        self._taking: asyncio.Task[Any] | None = None  # what it is told
        self._since = time.monotonic()  # that, or silence
        self._is_broken_off = False

    def end(self) -> None:
        """Send it away."""
        self.is_over = True
        self._stirred.set()

    async def take(self, writing: Awaitable[None]) -> None:
        """Have this written to it; what `look` breaks off was not."""
        self._taking, self._since = asyncio.current_task(), time.monotonic()
        try:
            await writing
        except asyncio.CancelledError:
            if not (self._is_broken_off and self._taking) or self._taking.uncancel():
                raise
        self._taking, self._since = None, time.monotonic()

    def look(self, now: float, silent_seconds: float, slow_seconds: float) -> None:
        """Stir it where it was told nothing for so long, and break off what it takes so long to take. Asked of all of
        them now and then: a timer of each for each piece costs more than to write it."""
        if self._taking is None and now - self._since >= silent_seconds:
            self._stirred.set()
        elif self._taking is not None and not self._is_broken_off and now - self._since >= slow_seconds:
            self.is_slow = self._is_broken_off = True
            self.end()
            self._taking.cancel()


class Follower(Audience):
    """Hears what happens at its venue after the position `joined`; what it wants of before is not heard, but read.

    All of its events of one round are written at once, however many they are. Of ticks only the last one waits.
    """

    def __init__(self, wanted: Wanted, joined: int) -> None:
        super().__init__()
        self.wanted, self.joined = wanted, joined
        self.venue_ids: Collection[UUID] = (wanted.venue_id,)
        self._heard = max(wanted.after, joined)
        self._reader = Reader(wanted.provider_id)
        self._waiting, self._tick = bytearray(), b""

    def hear(self, happened: Happened) -> None:
        """What happened at its venue."""
        text = happened.written_for(self._reader, self._heard)
        self._heard = max(self._heard, happened.until)
        if text and len(self._waiting) > MOST_WAITING_BYTES:
            self.is_slow = True
            self.end()
        elif text:
            self._waiting += text
            self._stirred.set()

    def tick(self, text: bytes) -> None:
        """Have this written to it, after all else that waits, unless there is another tick by then."""
        self._tick = text
        if text:
            self._stirred.set()

    def written(self, news: Sequence[News]) -> bytes:
        """These events with ids of its own."""
        return self._reader.written(news)

    def here(self, position: int) -> bytes:
        """That it has been told everything up to this position: nothing happened, and it may go on from there."""
        (shown,) = self._reader.positions.shown([position], secrets.randbits(32))
        return b":\nid: %s\n\n" % shown

    async def next(self) -> bytes:
        """What is to be written next, as soon as there is something, if only that the stream is still there. Nothing
        once it is over."""
        await self._stirred.wait()
        self._stirred.clear()
        if self.is_over:
            return b""
        text = bytes(self._waiting) + self._tick
        self._waiting, self._tick = bytearray(), b""
        return text or self.here(self._heard)


class Watcher(Audience):
    """Is told that something happened at one of its venues: at once, but never twice within `TELLING_SECONDS`, so that
    who looks after it was told has whatever happened. After `WATCHING_SECONDS` it has to ask anew whether it may."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self.venue_ids: Collection[UUID] = tuple(watched.last)
        self._asked_at = self._since
        self._told_at = -TELLING_SECONDS
        self._stirred.set()  # what happened until it joined it may not have seen

    def hear(self, happened: Happened) -> None:
        """Something happened at one of its venues."""
        self._stirred.set()

    async def next(self) -> bytes:
        """That something happened, as soon as it did, or that nothing did for long. Nothing once it is over."""
        await self._stirred.wait()
        await asyncio.sleep(max(0.0, self._told_at + TELLING_SECONDS - time.monotonic()))
        self._stirred.clear()
        self._told_at = time.monotonic()
        return b"" if self.is_over else NEWS

    def look(self, now: float, silent_seconds: float, slow_seconds: float) -> None:
        super().look(now, silent_seconds, slow_seconds)
        if now - self._asked_at >= WATCHING_SECONDS:
            self.end()
