"""What goes on by itself once the demo's cascade is over: a book comes now and then, and a few robots bid for it, and
for whatever somebody sends by hand.

It sends what is new and changes nothing that others did: prices stay what they are, and the robots bid for providers of
their own.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import httpx2

from auctions.simulation.closing import Closing
from backstop.client import ApiRefused, Client
from backstop.client.inputs import BookInput, PositionInput

BOOK_SECONDS = 120.0

LOOK_SECONDS = 2.0  # the robots': nothing hurries here, and the machine is somebody's

CLOSED_AFTER_SECONDS = 60.0

ROBOTS = 4

NOTIONAL = Decimal(450_000)  # more than commitments take within a minute: something is left for an auction

KINDS = [(symbol, side) for side in ("LONG", "SHORT") for symbol in ("BTC-PERP", "ETH-PERP")]

LOSS, CASH = Decimal("0.02"), Decimal("0.06")  # of notional


@dataclass
class Afterwards:
    """The venue's side. `say` is told why a book did not come."""

    client: Client
    closing: Closing
    say: Callable[[str], None]
    _due_at: float = 0.0
    _numbers: Iterator[int] = field(default_factory=count)

    def look(self) -> None:
        """Send the next book where it is time for it. One that cannot come now does not come later: the next does."""
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + BOOK_SECONDS
        try:
            self.closing.look()
            self._send(next(self._numbers))
        except (ApiRefused, httpx2.TransportError) as problem:
            self.say(f"A book did not come: {problem}")

    def _send(self, number: int) -> None:
        prices = {row["instrument"]: row["price"] for row in self.client.list_marks() if row["price"] is not None}
        symbol, side = KINDS[number % len(KINDS)]
        if symbol not in prices:
            self.say(f"A book did not come: {symbol} has no price now")
            return
        self.client.set_marks([{"instrument": name, "price": price} for name, price in prices.items()])
        self.client.send_books([book_of(number + 1, symbol, side, prices[symbol])])


def book_of(number: int, symbol: str, side: str, price: Decimal) -> BookInput:
    """A book of one position that has lost a little, at this mark."""
    entry = price * (1 + LOSS if side == "LONG" else 1 - LOSS)
    position: PositionInput = {
        "instrument": symbol,
        "side": side,
        "quantity": (NOTIONAL / price).quantize(Decimal("0.01")),
        "entry_price": entry.quantize(Decimal("0.01")),
    }
    reference = f"passing-{number:03}"
    return {"reference": reference, "account": reference, "cash": NOTIONAL * CASH, "positions": [position]}
