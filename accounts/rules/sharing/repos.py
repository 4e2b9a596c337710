"""What is lent to a fund against its inventory: how much a quantity stands for, and how much of it is pledged. Pure.

Only spot stands for anything: a contract changes hands for nothing, so that nothing comes of its sale to repay by.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from accounts.rules.sharing.placing import Gap, is_in_gap
from accounts.rules.sharing.premiums import Stretch
from backstop.values.amounts import ZERO, difference, divide_down, divide_up, multiply
from backstop.values.bps import BPS_PER_ONE


def most_lent(quantity: Decimal, price: Decimal, haircut_bps: Decimal, scale: int) -> Decimal:
    """What is lent against so much of it at most: what it is worth at this price, less the haircut; rounded down."""
    return divide_down(multiply(quantity, price, _kept(haircut_bps)), BPS_PER_ONE, scale)


def pledged_for(amount: Decimal, price: Decimal, haircut_bps: Decimal, step: Decimal) -> Decimal:
    """The fewest steps of it against which so much is lent."""
    steps = divide_up(multiply(amount, BPS_PER_ONE), multiply(price, _kept(haircut_bps), step), 0)
    return multiply(steps, step)


def undrawn(
    limit: Decimal, fee_bps: Decimal, since: datetime, draws: Sequence[tuple[datetime, Decimal]], gaps: Sequence[Gap]
) -> list[Stretch]:
    """What the fee is paid for since then: what of the limit is not drawn, by what was drawn (below zero: repaid) at
    which instants; nothing in gaps, in which nothing can be drawn."""
    changes = {since, *(at for at, _ in draws), *(at for gap in gaps for at in gap if at is not None)}
    stretches = []
    for at in sorted(each for each in changes if each >= since):
        drawn = (amount for drawn_at, amount in draws if drawn_at <= at)
        stretches.append(Stretch(at, fee_bps, ZERO if is_in_gap(gaps, at) else difference(limit, *drawn)))
    return stretches


def _kept(haircut_bps: Decimal) -> Decimal:
    return difference(Decimal(BPS_PER_ONE), haircut_bps)
