"""Caps on the notional that is in auctions at once, for a venue or one of its product groups.

What is outstanding follows from the units that are still on offer alone, so that it can be recomputed.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from backstop.values.amounts import divide_up, multiply, total


def outstanding(notional: Decimal, units: int, of_units: int, scale: int) -> Decimal:
    """What `units` of a lot of `of_units` count for: their share of its notional at intake marks, rounded up.

    Intake marks, so that a lot which was cut to pass a cap passes it whatever marks do while it waits.
    """
    return divide_up(multiply(notional, units), of_units, scale)


def fits(limit: Decimal, already: Decimal, more: Decimal) -> bool:
    """Whether so much more may be outstanding; up to the limit exactly it may.

    What counts for nothing (a lot without a position in the cap's product group) always does, even where a limit was
    lowered below what is outstanding already.
    """
    return more == 0 or total([already, more]) <= limit


def may_be_passed(queue_ends_at: datetime, max_queue_seconds: int, now: datetime) -> bool:
    """Whether what came later may be let in before a lot that waits for room: while more than half of its time is left;
    else a large one would wait for ever, since small ones always fit."""
    return 2 * (queue_ends_at - now) > timedelta(seconds=max_queue_seconds)
