"""Requests in flight, counted by address over all front processes of a host, and streams by key.

A holder has so many places, and a request in flight, or a stream, holds one. A place is a byte of a file that all
processes open, and whoever has locked the byte holds the place: the kernel keeps the count. No two can hold one place,
no process has to know of another, and what a process held is free once it ended, by kill -9 too, with nothing to clean
up. (Counters in shared memory need somebody who notices that their owner died; an equal share for each process would
refuse an address whose connections happen to fall to one of them.) Nothing is ever written to the file.
"""

import fcntl
import random
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import chain
from pathlib import Path

from backstop.refusals import GroundRefusal

MOST_STREAMS = 384  # of each process: for so many there are connections that are nobody else's
MOST_PLACES_BITS = 12  # of a byte's number; the others are its holder's


class Places:
    """One process's way to them; of one thread, and one alone in its process, which its own locks do not keep out."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._held: set[int] = set()
        self._start = random.random()  # processes that look from different places on seldom meet

    @contextmanager
    def held(self, holder: str, most: int, refusal: GroundRefusal = GroundRefusal.TOO_MANY_AT_ONCE) -> Iterator[None]:
        """A block during which `holder` has one more of its `most` places; raises the refusal where it has them all."""
        byte = self._take(_first_byte(holder), most)
        if byte is None:
            raise refusal.error(f"{refusal.message} (at most {most} at a time)")
        self._held.add(byte)
        try:
            yield
        finally:
            self._held.remove(byte)
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

    def _take(self, first: int, most: int) -> int | None:
        start = first + int(self._start * most)
        for byte in chain(range(start, first + most), range(first, start)):
            if byte not in self._held and self._lock(byte):
                return byte
        return None

    def _lock(self, byte: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except BlockingIOError:
            return False
        return True


def _first_byte(holder: str) -> int:
    return int.from_bytes(blake2b(holder.encode(), digest_size=6).digest()) << MOST_PLACES_BITS
