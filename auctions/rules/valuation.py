"""What a book and its legs are worth at given marks.

Products are exact; rounding happens only where money is written, by a named function that says in whose favour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from backstop.values.amounts import EXACT, ZERO, difference, divide_up, multiply, round_down, round_up, total
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE

SPOT = "SPOT"
LINEAR = "LINEAR"
LONG = "LONG"


@dataclass(frozen=True, slots=True)
class Leg:
    """One position: `quantity` > 0 in multiples of `quantity_step`, entered at `entry_price` (None for spot)."""

    instrument_id: UUID
    kind: str
    side: str
    quantity: Decimal
    quantity_step: Decimal
    margin_rate: Decimal
    entry_price: Decimal | None = None
    accrued: Decimal = ZERO

    @property
    def sign(self) -> int:
        """+1 where a rising price is a gain."""
        return 1 if self.side == LONG else -1

    @property
    def steps(self) -> int:
        """The quantity in steps."""
        return int(EXACT.divide_int(self.quantity, self.quantity_step))


@dataclass(frozen=True, slots=True)
class BookValue:
    """`settled` is cash, accrued funding and linear profit together; `equity` adds what the spot is worth."""

    notionals: tuple[Decimal, ...]
    settled: Decimal
    transfer_value: Decimal

    @property
    def notional(self) -> Decimal:
        """The base of every basis point."""
        return total(self.notionals)

    @property
    def equity(self) -> Decimal:
        """What the account would have left if everything changed hands at the marks, free of charge."""
        return total([self.settled, self.transfer_value])


def notional(leg: Leg, price: Decimal) -> Decimal:
    """quantity x mark, exact."""
    return multiply(leg.quantity, price)


def transfer_value(leg: Leg, price: Decimal) -> Decimal:
    """What is paid for the leg when it changes hands: its notional for spot, nothing for a contract; exact."""
    return notional(leg, price) if leg.kind == SPOT else ZERO


def profit(leg: Leg, since: Decimal, price: Decimal) -> Decimal:
    """What a contract gained from the price `since` to `price`; nothing for spot, which changes hands at its value."""
    return multiply(difference(price, since), leg.quantity, leg.sign) if leg.kind == LINEAR else ZERO


def value_book(cash: Decimal, legs: Sequence[Leg], marks: Mapping[UUID, Decimal], scale: int) -> BookValue:
    """The book at these marks, in amounts of `scale` decimals.

    What comes into the estate is rounded up and notionals, of which it pays edges, down: both in the estate's favour.
    """
    gained = [profit(leg, leg.entry_price or ZERO, marks[leg.instrument_id]) for leg in legs]
    return BookValue(
        notionals=tuple(round_down(notional(leg, marks[leg.instrument_id]), scale) for leg in legs),
        settled=round_up(total([cash, *(leg.accrued for leg in legs), *gained]), scale),
        transfer_value=round_down(total(transfer_value(leg, marks[leg.instrument_id]) for leg in legs), scale),
    )


def exact_notional_of(legs: Sequence[Leg], marks: Mapping[UUID, Decimal]) -> Decimal:
    """The legs' notional at these marks, exact."""
    return total(notional(leg, marks[leg.instrument_id]) for leg in legs)


def notional_of(legs: Sequence[Leg], marks: Mapping[UUID, Decimal], scale: int) -> Decimal:
    """The legs' notional at these marks, rounded up: what is afforded on it is never too much."""
    return round_up(exact_notional_of(legs, marks), scale)


def drift_bps(since: Mapping[UUID, Decimal], marks: Mapping[UUID, Decimal]) -> Decimal:
    """The largest move of any instrument's mark, in basis points of where it was, rounded up to four decimals."""
    return max(
        (
            divide_up(multiply(difference(marks[key], price).copy_abs(), BPS_PER_ONE), price, EDGE_SCALE)
            for key, price in since.items()
        ),
        default=ZERO,
    )
