"""What the insurance fund pays for the edges of a lot: as much as is wished, while nothing else needs it.

What it may have to pay for edges that are not awarded yet is a wish, no hold: a debt comes before it.
"""

from collections.abc import Iterable
from decimal import Decimal

from backstop.values.amounts import ZERO, difference, round_up
from backstop.values.bps import of_notional


def fund_need(notional: Decimal, cap_bps: Decimal, own: Decimal, scale: int) -> Decimal:
    """What the fund has to pay so that `cap_bps` can be paid on all of `notional`, beyond the lot's `own` money."""
    return max(round_up(difference(of_notional(notional, cap_bps), own), scale), ZERO)


def fund_part(wanted: Decimal, free: Decimal, rooms: Iterable[Decimal]) -> Decimal:
    """What of it the fund pays: at most what is free in it, and what each draw limit has room for; equal fits."""
    return max(min([wanted, free, *rooms]), ZERO)
