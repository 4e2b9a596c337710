"""Units: which of a lot's units are free, kept while a batch gives them away.

Guarantees that what somebody gets is cut off where it lies: nothing is sorted anew, however many were before.
"""

from collections.abc import Iterable, Iterator

from auctions.rules.lots import Range, first_units


class FreeUnits:
    """The units that nobody has, or is about to get, in ascending ranges; `count` of them."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._last_first = list(ranges)[::-1]  # so that what goes first is at the end, where lists are cut for nothing
        self.count = sum(count for _, count in self._last_first)

    def __iter__(self) -> Iterator[Range]:
        return reversed(self._last_first)

    def first(self, count: int) -> list[Range]:
        """The first so many, as ranges. Raises ValueError where fewer are free."""
        return first_units(self, count)

    def take(self, given: Range) -> None:
        """Let somebody have a range that `first` has named."""
        first, count = given
        place = len(self._last_first) - 1
        while self._last_first[place][0] != first:
            place -= 1
        size = self._last_first[place][1]
        self._last_first[place : place + 1] = [(first + count, size - count)] if size > count else []
        self.count -= count
