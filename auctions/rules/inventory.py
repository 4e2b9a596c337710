"""What the insurance fund holds, take-over by take-over: what goes first, and what it gained.

Pure arithmetic. A contract's result is moved between the venue's clearing account and the fund as marks move; of spot
it only shows, until it is sold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.valuation import LONG
from backstop.values.amounts import ZERO, difference, multiply, round_down, total


@dataclass(frozen=True, slots=True)
class Stock:
    """One take-over: of its `quantity` so much is `left`. `cost` is what all of it was worth when it came, `proceeds`
    what the rest was worth when it went, both exact; `edges` were paid for that."""

    side: str
    quantity: Decimal
    left: Decimal
    cost: Decimal
    proceeds: Decimal
    edges: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """What is moved into the fund (below zero: out of it), and what of a loss it cannot bear yet."""

    amount: Decimal
    unpaid: Decimal


def gain_of(stock: Stock, price: Decimal, scale: int) -> Decimal:
    """What it gained from its take-over until `price`, or until it went; rounded down: the fund never gets a fraction
    more. It makes no difference at which marks it was looked at before."""
    sign = 1 if stock.side == LONG else -1
    worth = total([stock.proceeds, multiply(stock.left, price)])
    return round_down(multiply(sign, difference(worth, stock.cost)), scale)


def result_of(stock: Stock, price: Decimal, scale: int) -> Decimal:
    """What it gained, less what its sales cost."""
    return difference(gain_of(stock, price, scale), stock.edges)


def counted_result(stock: Stock, price: Decimal, haircut_bps: Decimal, scale: int) -> Decimal:
    """What it counts for its loss event where that does not wait for its sale any longer: what is left at the mark
    less a haircut, for a short position at the mark and as much more."""
    part = multiply(price, haircut_bps, Decimal("0.0001"))
    worth = difference(price, part) if stock.side == LONG else total([price, part])
    return result_of(stock, worth, scale)


def loss_of(results: Iterable[Decimal]) -> Decimal:
    """What the fund lost by take-overs of these results, and edges that it earned for them; never negative."""
    return max(difference(ZERO, total(results)), ZERO)


def movement(gain: Decimal, moved: Decimal, free: Decimal) -> Movement:
    """What has to be moved so that of a contract's result `moved` becomes `gain`: a loss only as far as it is `free` in
    the fund. Exactly all that is free is moved whole."""
    wanted = difference(gain, moved)
    amount = max(wanted, max(free, ZERO).copy_negate())
    return Movement(amount, difference(amount, wanted))
