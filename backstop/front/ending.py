"""A process that is told to end tells those who would stay for ever: nothing under way is waited for without end."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


def when_told_to_end(do: Callable[[], None]) -> None:
    """From here on `do` runs in this event loop once INT or TERM comes, beside what the server does by itself.

    Only in the main thread. asyncio's own handlers, of which a signal has one, are reached by another way and stay.
    """
    loop = asyncio.get_running_loop()

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(do)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
