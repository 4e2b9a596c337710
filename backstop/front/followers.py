"""One reader of a stream: what it has still to be told, and up to where it has been told."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress

from backstop.delivery.following import News, Wanted, with_ids
from backstop.delivery.positions import Positions
from backstop.delivery.telling import may_see

MOST_WAITING_BYTES = 1024 * 1024  # when there is more: who reads more slowly is sent away, and comes again


class Follower:
    """Hears what happens at its venue after the position `joined`; what it wants of before is not heard, but read.

    All of its events of one round are written at once, however many they are. Of ticks only the last one waits. It
    `is_over` once it is to be sent away, and `is_slow` where that is because it does not take what it is told.
    """

    def __init__(self, wanted: Wanted, joined: int) -> None:
        self.wanted, self.joined = wanted, joined
        self.is_over = self.is_slow = False
        self._heard = max(wanted.after, joined)
        self._positions = Positions(wanted.provider_id)
        self._waiting, self._tick = bytearray(), b""
        self._stirred = asyncio.Event()

    def hear(self, news: Sequence[News], until: int) -> None:
        """What happened at its venue, up to and with this position."""
        own = [each for each in news if each.position > self._heard and self._may_see(each)]
        self._heard = max(self._heard, until)
        if own and len(self._waiting) > MOST_WAITING_BYTES:
            self.is_slow = True
            self.end()
        elif own:
            self._waiting += self.written(own)
            self._stirred.set()

    def tick(self, text: bytes) -> None:
        """Have this written to it, after all else that waits, unless there is another tick by then."""
        self._tick = text
        if text:
            self._stirred.set()

    def end(self) -> None:
        """Send it away."""
        self.is_over = True
        self._stirred.set()

    def written(self, news: Sequence[News]) -> bytes:
        """These events with ids of its own."""
        return with_ids(self._positions.shown([each.position for each in news]), news)

    def here(self, position: int) -> bytes:
        """That it has been told everything up to this position: nothing happened, and it may go on from there."""
        (shown,) = self._positions.shown([position], secrets.randbits(32))
        return b":\nid: %s\n\n" % shown

    async def next(self, seconds: float) -> bytes:
        """What is to be written next, as soon as there is something; after so many seconds at the latest, if only that
        the stream is still there. Nothing once it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        self._stirred.clear()
        if self.is_over:
            return b""
        text = bytes(self._waiting) + self._tick
        self._waiting, self._tick = bytearray(), b""
        return text or self.here(self._heard)

    def _may_see(self, news: News) -> bool:
        return may_see(news.visibility, news.provider_id, self.wanted.provider_id)
