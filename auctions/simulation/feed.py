"""The venue's side: marks and books go in over the HTTP API, and marks are sent again so that they stay fresh."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from auctions.lifecycle import BookState
from auctions.models import Book
from auctions.simulation.arrivals import Arrival
from backstop.client import Client
from backstop.client.inputs import BookInput

REFRESH_SECONDS = 1.0

BOOKS_AT_ONCE = 40


@dataclass
class Feed:
    """What the venue says, and what it last said of each instrument."""

    client: Client
    board: dict[str, Decimal] = field(default_factory=dict)
    sent_at: float = 0.0

    def mark(self, prices: Mapping[str, Decimal]) -> None:
        """Set these prices; all others stay what they were, and all are fresh again."""
        self.board |= prices
        self.client.set_marks([{"instrument": name, "price": price} for name, price in self.board.items()])
        self.sent_at = time.monotonic()

    def refresh(self) -> None:
        """Send the marks again if the last time is a while ago."""
        if self.board and time.monotonic() - self.sent_at >= REFRESH_SECONDS:
            self.mark({})

    def send(self, books: Sequence[BookInput]) -> None:
        if books:
            self.client.send_books(books)


def waves(arrivals: Sequence[Arrival]) -> Iterator[tuple[dict[str, Decimal], list[Arrival]]]:
    """Arrivals in their order, as many at once as agree on every mark: each is valued at its own marks."""
    marks: dict[str, Decimal] = {}
    wave: list[Arrival] = []
    for arrival in arrivals:
        differs = any(marks.get(name, price) != price for name, price in arrival.marks.items())
        if wave and (differs or len(wave) == BOOKS_AT_ONCE):
            yield marks, wave
            marks, wave = {}, []
        marks |= arrival.marks
        wave.append(arrival)
    if wave:
        yield marks, wave


def count_books(venue_id: UUID) -> tuple[int, int]:
    """How many books the venue sent, and how many of them have ended."""
    books = Book.objects.filter(venue=venue_id)
    return books.count(), books.filter(state=BookState.CLOSED).count()
